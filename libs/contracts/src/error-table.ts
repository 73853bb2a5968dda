// The one table of error codes. Append-only: a code once published never changes its meaning.

export interface ErrorEntry {
  /** HTTP status a REST answer carries. */
  status: number;
  /** True when the same request may succeed later without being changed. */
  retryable: boolean;
  meaning: string;
  /** What the person who sees it should do. */
  action: string;
}

export const ERRORS = {
  BAD_REQUEST: { status: 400, retryable: false, meaning: 'The request does not have the required form.', action: 'Correct the field that is named.' },
  UNAUTHENTICATED: { status: 401, retryable: false, meaning: 'No identity, or an expired one.', action: 'Log in again.' },
  BAD_CREDENTIALS: { status: 401, retryable: false, meaning: 'User name or password is wrong.', action: 'Check both and try again.' },
  FORBIDDEN: { status: 403, retryable: false, meaning: 'This account may not do that.', action: 'Ask an administrator.' },
  CSRF: { status: 403, retryable: false, meaning: 'The request did not come from our own pages.', action: 'Reload the page.' },
  JOIN_TOKEN_INVALID: { status: 403, retryable: false, meaning: 'The join token is unknown, used, expired or for another role or name.', action: 'Make a new one with `edu node token create`.' },
  NODE_IDENTITY_INVALID: { status: 403, retryable: false, meaning: 'The node secret does not match this node.', action: 'Remove the identity file of the daemon and enrol it with a new join token.' },
  TICKET_INVALID: { status: 403, retryable: false, meaning: 'The ticket is forged, expired or for something else.', action: 'Start the operation again to get a new ticket.' },
  NOT_FOUND: { status: 404, retryable: false, meaning: 'There is no such thing, or it is not yours.', action: 'Check the id.' },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false, meaning: 'This address does not know the method.', action: 'See the OpenAPI document.' },
  WRONG_PHASE: { status: 409, retryable: false, meaning: 'The task is in another phase.', action: 'Do one of the steps that are allowed now.' },
  STEP_IN_PROGRESS: { status: 409, retryable: true, meaning: 'Another step of this task is still running.', action: 'Wait until it ends, or cancel the task.' },
  IMAGE_HELD: { status: 409, retryable: true, meaning: 'Another task is modifying this image.', action: 'Wait for that task, or cancel it.' },
  IMAGE_IN_USE: { status: 409, retryable: true, meaning: 'The image is referenced and cannot be deleted.', action: 'End what uses it first.' },
  IMAGE_NOT_READY: { status: 409, retryable: true, meaning: 'The image has no finished version yet.', action: 'Wait for the upload to finish, or resume it.' },
  NAME_TAKEN: { status: 409, retryable: false, meaning: 'The name is in use.', action: 'Choose another name.' },
  CONFLICT: { status: 409, retryable: true, meaning: 'Somebody else changed it in the meantime.', action: 'Read it again and retry.' },
  GUEST_NOT_RUNNING: { status: 409, retryable: false, meaning: 'The guest is not running.', action: 'Run it first.' },
  ALREADY_REGISTERED: { status: 409, retryable: false, meaning: 'The new version is registered already; it cannot be cancelled any more.', action: 'Delete the image version instead.' },
  PRECONDITION_FAILED: { status: 412, retryable: false, meaning: 'The object changed since it was read.', action: 'Read it again.' },
  TOO_LARGE: { status: 413, retryable: false, meaning: 'The request is larger than allowed.', action: 'Send less.' },
  UNSUPPORTED_TYPE: { status: 415, retryable: false, meaning: 'The content type is not understood.', action: 'Send application/json.' },
  RANGE_NOT_SATISFIABLE: { status: 416, retryable: false, meaning: 'The range lies outside the file.', action: 'Ask for bytes inside the file.' },
  IDEMPOTENCY_MISMATCH: { status: 422, retryable: false, meaning: 'The same Idempotency-Key came with another request.', action: 'Use a new key.' },
  CHECKSUM_MISMATCH: { status: 422, retryable: true, meaning: 'The bytes do not have the expected sha256.', action: 'Transfer the file again.' },
  IMAGE_BACKING_FILE: { status: 422, retryable: false, meaning: 'The image refers to a backing file.', action: 'Convert it to a standalone image first.' },
  IMAGE_DATA_FILE: { status: 422, retryable: false, meaning: 'The image keeps its data in an external file.', action: 'Convert it to a standalone image first.' },
  IMAGE_FORMAT_MISMATCH: { status: 422, retryable: false, meaning: 'The file does not have the declared format.', action: 'Declare the right format.' },
  IMAGE_FORMAT_UNSUPPORTED: { status: 422, retryable: false, meaning: 'The format is not accepted here.', action: 'Convert the image to qcow2 or raw.' },
  IMAGE_FEATURES_UNKNOWN: { status: 422, retryable: false, meaning: 'The image uses features that are not accepted.', action: 'Convert it to a plain qcow2.' },
  IMAGE_TOO_BIG: { status: 422, retryable: false, meaning: 'The virtual size is above the limit.', action: 'Make the disk smaller or raise the limit in the configuration.' },
  IMAGE_CORRUPT: { status: 422, retryable: false, meaning: 'The image header is damaged.', action: 'Check the file.' },
  NO_CAPACITY: { status: 422, retryable: true, meaning: 'No node has room for it; the reasons for each are listed.', action: 'Free resources or add a node.' },
  NO_CLUSTER: { status: 422, retryable: true, meaning: 'No cluster of the needed kind is up.', action: 'Start a cluster controller of this usage.' },
  TOO_MANY_REQUESTS: { status: 429, retryable: true, meaning: 'Too many attempts.', action: 'Wait as long as Retry-After says.' },
  INTERNAL: { status: 500, retryable: false, meaning: 'Something unexpected happened.', action: 'Look into the log under the request id.' },
  BUS_UNAVAILABLE: { status: 503, retryable: true, meaning: 'The message broker does not answer or is blocked.', action: 'Try again; see /readyz.' },
  DATABASE_UNAVAILABLE: { status: 503, retryable: true, meaning: 'The database does not answer.', action: 'Try again; see /readyz.' },
  NODE_UNREACHABLE: { status: 503, retryable: true, meaning: 'The daemon that has to do it cannot be reached.', action: 'Check that daemon; the work goes on when it is back.' },
  STORE_UNAVAILABLE: { status: 503, retryable: true, meaning: 'The image store cannot be reached.', action: 'Check Walrus.' },
  HYPERVISOR_UNAVAILABLE: { status: 503, retryable: true, meaning: 'libvirt does not answer on the node.', action: 'Check libvirtd on the node; guests are not touched.' },
  NOT_READY: { status: 503, retryable: true, meaning: 'The daemon is still starting.', action: 'Try again shortly.' },
  DISK_FULL: { status: 507, retryable: true, meaning: 'There is not enough space.', action: 'Free as much as is missing, then retry the step.' },
  TRANSFER_FAILED: { status: 502, retryable: true, meaning: 'An image transfer broke off.', action: 'Retry; it resumes where it stopped.' },
  HYPERVISOR_FAILED: { status: 500, retryable: false, meaning: 'libvirt refused or failed.', action: 'See the message; correct the cause and retry.' },
  DISK_TOOL_FAILED: { status: 500, retryable: false, meaning: 'qemu-img failed.', action: 'See the message; correct the cause and retry.' },
  GUEST_AGENT_UNAVAILABLE: { status: 503, retryable: true, meaning: 'The guest agent does not answer.', action: 'Wait until the guest has booted.' },
  STALE_EPOCH: { status: 409, retryable: true, meaning: 'The command was addressed to an earlier registration of the daemon.', action: 'Nothing: it is addressed again.' },
  SUPERSEDED: { status: 409, retryable: false, meaning: 'A newer step of the same task took over.', action: 'Nothing.' },
  CANCELLED: { status: 409, retryable: false, meaning: 'It was cancelled.', action: 'Nothing.' },
  EXPIRED: { status: 408, retryable: false, meaning: 'The command reached the daemon after its deadline.', action: 'Retry the step.' },
  DEADLINE_EXCEEDED: { status: 504, retryable: true, meaning: 'The step did not end within its time.', action: 'See which daemon was slow; retry the step.' },
  UNDO_FAILED: { status: 500, retryable: true, meaning: 'Cleaning up failed; the task is stuck until the daemon is back.', action: 'Bring the daemon back, or retry the task.' },
  MESSAGE_INVALID: { status: 400, retryable: false, meaning: 'A message is not JSON or not of the agreed shape.', action: 'See the dead-letter queue.' },
  MESSAGE_VERSION: { status: 400, retryable: false, meaning: 'A message has an unknown version.', action: 'Upgrade this daemon.' },
  WRONG_NODE: { status: 400, retryable: false, meaning: 'A message is for another node.', action: 'See the dead-letter queue.' },
  CONFIG_INVALID: { status: 500, retryable: false, meaning: 'The configuration of a daemon has mistakes.', action: 'Correct every key that is listed, then start it again.' },
  NODE_NOT_DOWN: { status: 409, retryable: false, meaning: 'The node is not down: it may still run guests.', action: 'Switch it off, wait until it is shown as down, then say so.' },
  NODE_FENCED: { status: 409, retryable: false, meaning: 'The node was switched off by an administrator’s word and has not come back clean yet.', action: 'Do the step again when the node is back, or cancel the task.' },
  MESSAGE_UNPROVEN: { status: 400, retryable: false, meaning: 'A message does not prove that it was written by the daemon it names.', action: 'See the dead-letter queue: an older daemon, or somebody on the broker of the cluster speaks for another.' },
  TYPE_IN_USE: { status: 409, retryable: true, meaning: 'The VM type or OS type is in use and cannot be deleted.', action: 'Change or delete what uses it first; it is listed.' },
  WRONG_STATE: { status: 409, retryable: false, meaning: 'The instance is in another state.', action: 'Do one of the actions that are allowed now.' },
  NETWORK_UNAVAILABLE: { status: 503, retryable: true, meaning: 'The host cannot do what the network of this instance needs: a privilege, a program, an interface or a bridge is missing.', action: 'Prepare the host as docs/operations.md says under “Networks”; the message names what is missing.' },
  ACCESS_REFUSED: { status: 409, retryable: false, meaning: 'An address or port of this instance cannot be used on the cluster controller or node: the host uses it itself.', action: 'Free it there, or take it out of the pool; then run the instance again.' },
  ADDRESS_TAKEN: { status: 409, retryable: false, meaning: 'An address or port is in use: leased to an instance, or in the pool of another cluster.', action: 'Choose another one, or end what uses it; it is named.' },
  ADDRESS_NOT_IN_POOL: { status: 422, retryable: false, meaning: 'The address that was asked for is in no pool of a cluster it could be placed in.', action: 'Choose one of a pool (edu network addresses), or leave it out.' },
  PORT_OF_CLOUD: { status: 422, retryable: false, meaning: 'A pool holds a port that the cloud itself uses.', action: 'Choose a range without the port that is named.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
