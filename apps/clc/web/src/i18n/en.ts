// English words of the pages. The Chinese ones (zh.ts) have the same shape, which the compiler checks.
import { labels } from '@educloud/contracts';

export const en = {
  brand: 'eduCloud',
  colon: ': ',
  loading: 'Loading…',
  close: 'Close',
  skip: 'Skip to content',
  header: { language: '切换到中文', languageShort: '中文', theme: 'Theme', system: 'as the system', light: 'light', dark: 'dark', account: 'Account', logout: 'Log out', home: 'Home', places: 'Places', offline: 'Connection to the cloud is interrupted. Trying again…' },
  login: { title: 'Log in', lead: 'To build and run images.', user: 'User name', password: 'Password', submit: 'Log in', busy: 'Logging in…', tagline: 'Desktops and servers for classrooms, from images you make yourself.' },
  status: {
    label: 'State of the cloud', ready: 'Ready', notReady: 'Not ready', 'all-in-one': 'one machine', distributed: 'distributed', nodes: 'nodes up: {{up}} of {{all}}', images: 'images: {{count}}', active: 'tasks at work: {{count}}', stuck: 'stuck: {{count}}',
    fake: 'Simulated hypervisor', fakeText: 'No real machines run here: guests are only pretended.',
  },
  home: {
    title: 'Images and tasks', images: 'Images', imagesLead: 'A disk with a system on it. Make a new image from one, or a new version of it.', tasks: 'Tasks', tasksLead: 'Images being built, and how far each one is.',
    noTasks: 'Nothing is being built', noTasksFirst: 'First the cloud needs an image to begin from; see below.', noTasksText: 'Choose an image below and press “Create new image”. You then start it, change what you like on its own screen, and save the result.',
    noImages: 'No images yet', noImagesText: 'Bring the first one from the command line. It can be a ready-made disk, or an installation disc (ISO) to install from:',
    ended: 'Ended tasks ({{count}})', open: 'Open',
  },
  image: {
    version: 'version {{version}}', noVersion: 'no finished version yet', create: 'Create new image', modify: 'Modify', held: 'Being modified', heldText: 'Another task is modifying this image.',
    usage: labels('usage', 'en'),
  },
  begin: {
    createTitle: 'New image from {{name}}', modifyTitle: 'New version of {{name}}', createLead: 'The source stays as it is. You start a copy, change it, and save it under a new name.', modifyLead: 'You start a copy of version {{version}}, change it, and save it as the next version. Earlier versions stay.',
    name: 'Name of the new image', nameHint: 'For example: Ubuntu with Python, spring term', description: 'Description', optional: 'optional', usage: 'Used as', ostype: 'System', blank: 'Disk size (GiB)', memory: 'Memory (MiB)', cpus: 'Processors', usual: 'usual', vmType: 'Size', vmTypeUsual: 'the usual one of the system', node: 'Node', anyNode: 'the best one', more: 'Machine and node', submit: 'Begin', back: 'Not now',
  },
  types: {
    title: 'Types', vm: 'VM types', vmLead: 'Named sizes that people choose instead of numbers. What was made with one keeps its sizes.', os: 'OS types', osLead: 'The virtual hardware that a kind of system needs. A machine has a change from its next start.',
    newVm: 'New VM type', newOs: 'New OS type', edit: 'Change', delete: 'Delete', editTitle: 'Change {{name}}', save: 'Save', create: 'Create', name: 'Name', nameHint: 'letters, digits and . _ -; never changed', diskHint: '0: as large as the image',
    size: '{{memory}} MiB, processors: {{cpus}}', diskAsImage: 'disk as the image', diskOf: 'disk {{size}} GiB', osTitle: 'Title', diskBus: 'Disk bus', nic: 'Network card', video: 'Video', audio: 'Sound', clock: 'Hardware clock', utc: 'UTC', local: 'local time', usualSize: 'Usual size',
    diskBusIs: 'disk {{bus}}', nicIs: 'network {{nic}}', videoIs: 'video {{video}}', audioIs: 'sound {{audio}}', silent: 'no sound', utcClock: 'clock in UTC', localClock: 'clock in local time', usually: 'usually {{vmType}}',
    deleteTitle: 'Delete {{name}}?', deleteVmText: 'What was made with it keeps its sizes.', deleteOsText: 'Only if no image has it.',
  },
  kind: labels('kind', 'en'),
  role: labels('role', 'en'),
  state: labels('state', 'en'),
  wizard: {
    from: 'from {{src}}, version {{version}}', to: 'becomes version {{version}}', steps: 'Steps', stepOf: 'Step {{n}} of 3', done: 'done', current: 'now', ahead: 'to come',
    step1: 'Prepare', step2: 'Run and edit', step3: 'Submit', step1Text: 'copy the image to a node', step2Text: 'change it on its screen', step3Text: 'save the new version',
    missing: 'There is no such task', missingText: 'It may have been deleted, or it belongs to somebody else.', back: 'Back to images and tasks',
    details: 'Details', sha256: 'Checksum', size: 'Size', machine: 'Machine', machineText: '{{memory}} MiB memory, processors: {{cpus}}', tid: 'Task', owner: 'Owner', created: 'Begun',
    continue: 'See all images', savedAs: 'Saved as {{name}}, version {{version}}',
    accepted: 'Asked. It begins in a moment.',
  },
  now: {
    preparing: {
      pending: ['Everything is set to begin', 'Preparing chooses a node with enough room, copies the source image there and lays a fresh disk on top. The source image is not changed.'],
      downloading: ['Copying the image to the node', 'From the image store to the cluster and on to the node, with its checksum checked. You can leave this page; the work goes on.'],
      cloning: ['Making your disk', 'A thin disk on top of the copied image. This takes a moment.'],
      prepared: ['Ready to start', 'Next, start the machine. Its screen appears here, and you install and change whatever you want.'],
      failed: ['Preparing did not work', 'The machine has never started, so nothing of yours is lost. Retry begins again.'],
    },
    editing: {
      booting: ['The machine is starting', 'Its screen appears below as soon as it runs.'],
      running: ['The machine is running', 'Make your changes on its screen. When you are done, shut it down, inside it or with the button here.'],
      stopping: ['Shutting down', 'The machine is asked to shut down by itself. If it does not within its time, it is switched off.'],
      stopped: ['The machine is stopped', 'Submit saves its disk as a new version. Or start it again and change more.'],
    },
    submitting: {
      uploading: ['Saving the new version', 'The disk is made compact, sent to the image store and checked. Your edited disk stays until the new version is registered.'],
      registering: ['Registering the new version', 'The last moment: after it the new version exists.'],
    },
    submitted: { submitted: ['The new version is saved', 'The temporary machine and its disk are gone. The image is ready to be used.'] },
    any: {
      unwinding: ['Tidying up', 'The step did not work; what it had begun is being removed. What you edited stays.'],
      cancelling: ['Cancelling', 'The machine and its disk are being removed. If a node is away, this waits until it is back.'],
      cancelled: ['Cancelled', 'Everything this task had made is removed. The source image is untouched.'],
      deleted: ['Deleted', 'This task and everything it had made are removed.'],
      stuck: ['It is stuck', 'Cleaning up did not work and is waiting for help. Retry when the daemon that is named below is back.'],
      failed: ['The step did not work', 'See below what happened and what to do.'],
    },
  },
  do: { prepare: 'Prepare', run: 'Start the machine', runAgain: 'Start again', stop: 'Shut down', submit: 'Submit', retry: 'Retry', cancel: 'Cancel task', delete: 'Delete task' },
  instance: {
    title: 'Machines', lead: 'Servers and desktops made from an image. Each keeps or loses its disk as you choose.', none: 'No machines yet', noneText: 'Press “New machine” and choose an image to make it from.', define: 'New machine',
    name: 'Name of the machine', image: 'Image', imageVersion: '{{image}}, version {{version}}', kindLabel: 'Used as', type: 'Size', disk: 'Its disk', submit: 'Make it',
    kind: labels('insKind', 'en'), lifetime: labels('lifetime', 'en'), status: labels('insStatus', 'en'), task: labels('insTask', 'en'),
    do: { run: 'Start', stop: 'Shut down', reboot: 'Restart', pause: 'Pause', unpause: 'Go on', reset: 'Reset', modify: 'Change', delete: 'Delete' },
    missing: 'There is no such machine', back: 'All machines', now: 'What is going on', off: 'The machine does not run. Start it to see its screen.',
    size: '{{memory}} MiB memory, processors: {{cpus}}, disk: {{disk}}', nowhere: 'nowhere yet', network: 'Network', networkText: 'It reaches out; nobody reaches it from outside.', id: 'Machine id',
    resetTitle: 'Reset {{name}}?', deleteTitle: 'Delete {{name}}?', diskLost: 'Its disk is lost for good: everything you installed or changed on it.', nothingLost: 'It has no disk; nothing of yours is lost.', yesReset: 'Yes, reset it', yesDelete: 'Yes, delete it',
  },
  firstStart: {
    title: 'First start (cloud-init)', lead: 'Told to the machine when it starts for the first time, if its image has cloud-init. Nobody can read password and user-data here again.', hostname: 'Host name', user: 'Account', userUsual: 'of the image', password: 'Password', sshKeys: 'SSH keys, one a line', userData: 'User-data: a script or #cloud-config',
    hasPassword: 'a password', keys: 'SSH keys: {{count}}', data: 'user-data: {{size}}',
  },
  batch: {
    class: 'Start a class', start: 'Start all', count: 'How many', names: 'Their names', namesLike: 'From {{first}} to {{last}}', namesNeed: 'Several need {{braces}} in the name: it becomes the number of each.',
    select: 'Select {{name}}', all: 'All', selected: 'Selected: {{count}}', doCount: '{{what}} ({{count}})', deleteTitle: 'Delete machines: {{count}}?', disksLost: 'Their disks are lost for good: everything that was installed or changed on them.',
    action: labels('batchAction', 'en'), state: labels('batchState', 'en'), ended: ': {{state}}', counts: '{{done}} of {{total}} done', failed: 'failed: {{count}}', dismiss: 'Dismiss',
  },
  stepName: labels('step', 'en'),
  progress: { label: 'Progress: {{what}}', speed: '{{speed}}/s', left: '{{time}} left', of: '{{done}} of {{total}}', working: 'Working…', announce: '{{what}}: {{percent}} percent' },
  job: labels('job', 'en'),
  jobState: labels('jobState', 'en'),
  fail: { somehow: 'Something went wrong', happened: '{{step}} failed', kept: 'Kept', keptText: '{{what}}, on {{where}}, until {{until}}', keptDisk: 'the edited disk of {{ins}}, on {{where}}, until you submit, cancel or delete the task', nothingKept: 'nothing had been made that is worth keeping; the source image is untouched', todo: 'What to do', problem: 'That did not work' },
  confirm: {
    cancelTitle: 'Cancel this task?', deleteTitle: 'Delete this task?', lostDisk: 'The edited disk of this machine is lost for good: everything you installed or changed since you first started it.', lostNothing: 'Only the prepared copy on the node is removed. Nothing of yours is lost.', recordOnly: 'Only the record of this task goes. The saved image stays.', source: 'The source image {{src}} is not touched.', hint: 'To keep your work, shut the machine down and submit it first.', yesCancel: 'Cancel the task', yesDelete: 'Delete the task', no: 'Keep it',
  },
  placement: { title: 'Placement', chosen: 'chosen', fits: 'fits', refused: 'refused', onNode: 'On {{node}}', none: 'No node chosen yet', why: 'Nodes considered: {{count}}', count: '{{fits}} of {{all}} nodes have room for it' },
  history: { title: 'History', plan: '{{seq}}. {{step}}', empty: 'Nothing has been done yet.', how: { agent: 'by the guest itself', acpi: 'by the power button', forced: 'switched off by force', 'already-stopped': 'it had already stopped' }, attempt: 'attempt {{n}}' },
  console: {
    title: 'Screen of the machine', connecting: 'Connecting to the screen…', connected: 'Connected', lost: 'The screen was interrupted. Connecting again…', failed: 'The screen cannot be reached', waiting: 'No screen now: the machine is starting or stopping.', booting: 'The machine is starting. Its screen appears here in a moment.', stopped: 'The machine is stopped, so it has no screen now.', off: 'Start the machine to see its screen.',
    cad: 'Ctrl-Alt-Del', full: 'Full screen', paste: 'Type text', reconnect: 'Reconnect', focus: 'Use keyboard', leave: 'Shift+Esc gives the keyboard back to this page.', pasteTitle: 'Type text into the machine', pasteLead: 'It is typed key by key, as on a US keyboard. Other characters are left out.', pasteLabel: 'Text', pasteSend: 'Type it', skipped: 'Characters left out: {{count}}',
  },
} as const;
