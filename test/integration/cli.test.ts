// `edu` against a scripted CLC: what it sends, what it prints, how it exits, and that interrupted transfers go on.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { safeFileName } from '../../apps/cli/src/download.ts';
import { translator } from '../../apps/cli/src/language.ts';
import { runEdu } from '../../apps/cli/src/main.ts';
import { until } from '../support/qemu-guest.ts';
import { IMG_A, TID, standInClc, type StandInClc } from '../support/stand-in-clc.ts';

describe('edu', function () {
  this.timeout(20_000);
  let clc: StandInClc;
  let dir: string;
  beforeEach(async () => { clc = await standInClc(); dir = mkdtempSync(path.join(os.tmpdir(), 'educloud-cli-')); });
  afterEach(async () => { await clc.close(); rmSync(dir, { recursive: true, force: true }); });

  async function edu(args: string[], more: { env?: Record<string, string>; stdin?: string | null; zh?: boolean } = {}) {
    let out = '';
    let err = '';
    const code = await runEdu(args, {
      env: { EDU_CONFIG: path.join(dir, 'config'), ...more.env }, t: translator(more.zh ? 'zh' : 'en'), now: Date.now,
      stdout: { write: (s) => (out += s) }, stderr: { write: (s) => (err += s) },
      readStdin: () => Promise.resolve(more.stdin ?? null), askHidden: () => Promise.resolve('right'),
    });
    return { code, out, err, json: (): never => JSON.parse(out) as never };
  }
  const login = () => edu(['login', '--url', clc.url, '--user', 'admin'], { stdin: 'right\n' });

  it('keeps the session private, and sends it to no other cloud', async () => {
    assert.equal((await login()).code, 0);
    assert.equal(statSync(path.join(dir, 'config/session.json')).mode & 0o777, 0o600);
    assert.equal((await edu(['status'])).code, 0);
    const elsewhere = await edu(['status', '--url', 'http://127.0.0.1:9']);
    assert.equal(elsewhere.code, 4);
    assert.match(elsewhere.err, /not logged in/);
  });

  it('says 4 for a wrong password, 6 for a cloud that does not answer, 3 for what is not there, 2 for wrong usage', async () => {
    const wrong = await edu(['login', '--url', clc.url, '--user', 'admin'], { env: { EDU_PASSWORD: 'wrong' } });
    assert.equal(wrong.code, 4);
    assert.match(wrong.err, /^edu: .*BAD_CREDENTIALS.*What to do: .*\n$/);
    assert.equal((await edu(['status'], { env: { EDU_URL: 'http://127.0.0.1:9', EDU_TOKEN: 'x' } })).code, 6);
    await login();
    assert.equal((await edu(['image', 'show', 'nothing of that name'])).code, 3);
    assert.equal((await edu(['host', 'show', 'nc-00000000'])).code, 3);
    for (const bad of [['image', 'explode'], ['image', 'list', '--output', 'xml'], ['image', 'create', '--name', 'x'], ['image', 'create', 'a', '--name', 'x', '--blank', '1G']]) assert.equal((await edu(bad)).code, 2, bad.join(' '));
  });

  it('knows an instance by its id or, when only one has it, its name', async () => {
    await login();
    for (const given of ['desk-1', 'ins-00000001']) {
      assert.equal((await edu(['instance', 'run', given])).code, 0);
      assert.equal(clc.seen.at(-1)?.path, '/instances/ins-00000001/run');
    }
    const several = await edu(['instance', 'stop', 'twice']);
    assert.equal(several.code, 5);
    assert.match(several.err, /several instances have the name "twice": ins-00000002, ins-00000003/);
    const none = await edu(['instance', 'stop', 'desk-1', 'desk-9']);
    assert.equal(none.code, 3);
    assert.match(none.err, /there is no instance "desk-9".*edu instance list/s);
    assert.equal(clc.seen.some(({ path }) => path.endsWith('/stop') || path === '/batches'), false, 'nothing is done to the others');
  });

  it('R175 names the image of an instance, with the version it is pinned to; asked for once, and not where a program reads', async () => {
    await login();
    const { out } = await edu(['instance', 'list']);
    assert.match(out, /ins-00000001 .* Debian\/12 {2}/);
    assert.match(out, /ins-00000002 .* Debian\/12 v4 /);
    assert.match(out, /ins-00000003 .* img-0000009f /, 'one that is not listed by its id');
    const asked = clc.seen.map(({ path }) => path);
    assert.equal(asked.filter((each) => each === '/images').length, 2, 'its two pages');
    assert.deepEqual(asked.filter((each) => each.startsWith('/images/')), []);
    const [first] = (await edu(['instance', 'list', '-o', 'json'])).json() as Array<{ imageId: string }>;
    assert.equal(first?.imageId, IMG_A);
    assert.equal(clc.seen.filter(({ path }) => path === '/images').length, 2);
  });

  it('R165 knows a task by the name of its image, and lists the machines of a node by the name of the node', async () => {
    await login();
    assert.equal((await edu(['task', 'prepare', 'new'])).code, 0);
    assert.equal(clc.seen.at(-1)?.path, `/image/create/task/prepare/${TID.split(':').join('/')}`);
    const none = await edu(['task', 'run', 'not-a-task']);
    assert.equal(none.code, 3);
    assert.match(none.err, /there is no task "not-a-task".*edu task list/s);
    assert.equal((await edu(['instance', 'list', '--node', 'node-1', '-o', 'json'])).out.split('ins-').length, 4);
    assert.equal((await edu(['instance', 'list', '--node', 'node-9'])).code, 3);
  });

  it('R166 what it names as possible it understands: modify, like set; --wait where it waits anyway', async () => {
    await login();
    assert.match((await edu(['instance', 'modify', 'desk-1'])).err, /say what to change/);
    for (const args of [['start', 'nothing of that name', '--count', '2', '--name', 'pc-{n}'], ['stop', 'bat-00000001']]) assert.equal((await edu(['class', ...args, '--wait'])).code, 3, args.join(' '));
  });

  it('R169 sends what a class is to be told at its first start', async () => {
    await login();
    const file = path.join(dir, 'keys');
    writeFileSync(file, '# theirs\nssh-ed25519 AAAA a\n');
    await edu(['class', 'start', IMG_A, '--count', '2', '--name', 'pc-{n}', '--hostname', 'pc', '--ssh-key', file, '--password-file', '-', '--no-wait'], { stdin: 'open\n' });
    const sent = clc.seen.findLast(({ method, path: at }) => method === 'POST' && at === '/batches');
    assert.deepEqual(JSON.parse(sent?.body.toString() ?? '{}').definition, { name: 'pc-{n}', imageId: IMG_A, lifetime: 'temporary', cloudInit: { hostname: 'pc', password: 'open', sshKeys: ['ssh-ed25519 AAAA a'] } });
  });

  it('R167 says of a host that is no node why it cannot be asked what it has', async () => {
    await login();
    const refused = await edu(['host', 'pull', 'cluster-1']);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /cluster-1 is no node: only nodes can be asked .*edu host list --role nc/);
  });

  it('explains itself: every command has --help with an example', async () => {
    for (const words of ['login', 'status', ...['list', 'show', 'set', 'enable', 'drain', 'disable', 'remove', 'fence', 'wake', 'poweroff', 'token create'].map((c) => `host ${c}`), 'user list', 'user create', 'user delete', ...['list', 'show', 'create', 'set', 'delete'].flatMap((c) => [`vmtype ${c}`, `ostype ${c}`]), ...['define', 'list', 'show', 'set', 'run', 'stop', 'reboot', 'pause', 'unpause', 'reset', 'delete', 'console', 'serial', 'log'].map((c) => `instance ${c}`), ...['start', 'stop', 'delete'].map((c) => `class ${c}`), 'batch list', 'batch show', ...['upload', 'list', 'show', 'versions', 'download', 'delete', 'create', 'modify'].map((c) => `image ${c}`), ...['prepare', 'run', 'stop', 'submit', 'retry', 'cancel', 'delete', 'list', 'show', 'watch', 'console'].map((c) => `task ${c}`)]) {
      const help = await edu([...words.split(' '), '--help']);
      assert.equal(help.code, 0, words);
      assert.match(help.out, new RegExp(`\\$ .*edu ${words}`), words);
      assert.match((await edu([...words.split(' '), '--help'], { zh: true })).out, /示例/);
    }
  });

  it('lists, shows, makes, changes and deletes VM types', async () => {
    await login();
    assert.match((await edu(['vmtype', 'list'])).out, /^NAME +MEMORY +CPUS +DISK +DESCRIPTION\nsmall +512 MiB +1 +10 GiB +A small Linux server\n教室 +2048 MiB +2 +as the image +mine\n$/);
    assert.match((await edu(['vmtype', 'list'], { zh: true })).out, /small +512 MiB +1 +10 GiB +小型 Linux 服务器\n教室 .*与镜像相同 +mine/);
    assert.deepEqual((await edu(['vmtype', 'show', '教室', '-o', 'json'])).json()['rev'], 1);
    const sent = (method: string): unknown => JSON.parse(clc.seen.filter((r) => r.method === method).at(-1)!.body.toString());
    assert.equal((await edu(['vmtype', 'create', 'course', '--memory', '2G', '--cpus', '2', '--disk', '0'])).code, 0);
    assert.deepEqual(sent('POST'), { name: 'course', memoryMiB: 2048, cpus: 2, diskGiB: 0 });
    assert.equal((await edu(['vmtype', 'set', '教室', '--memory', '4G', '--description', ''])).code, 0);
    assert.deepEqual(sent('PATCH'), { memoryMiB: 4096, description: '' });
    assert.equal((await edu(['vmtype', 'delete', '教室', '-o', 'json'])).code, 0);
    const missing = await edu(['vmtype', 'show', 'nothing']);
    assert.equal(missing.code, 3);
    assert.match(missing.err, /see edu vmtype list/);
    for (const bad of [['create', 'x'], ['create', 'x', '--memory', '1G'], ['create', 'x', '--memory', 'much', '--cpus', '1'], ['create', 'x', '--memory', '1G', '--cpus', '0'], ['create', 'x', '--memory', '1G', '--cpus', '1.5'], ['set', 'small'], ['set', 'small', '--disk', '-1']]) {
      assert.equal((await edu(['vmtype', ...bad])).code, 2, bad.join(' '));
    }
  });

  it('lists, shows, makes, changes and deletes OS types, and begins a build with a VM type', async () => {
    await login();
    assert.match((await edu(['ostype', 'list'])).out, /^NAME +TITLE +DISK +NETWORK +VIDEO +SOUND +CLOCK +VM TYPE\nother +Other +ide +e1000 +vga +none +local time +small\n$/);
    assert.match((await edu(['ostype', 'show', 'other'], { zh: true })).out, /标题 +其他系统\n/);
    const sent = (method: string): unknown => JSON.parse(clc.seen.filter((r) => r.method === method).at(-1)!.body.toString());
    assert.equal((await edu(['ostype', 'create', 'bsd', '--title', 'BSD', '--disk-bus', 'virtio', '--nic', 'virtio', '--video', 'vga', '--vm-type', 'small', '--clock', 'local'])).code, 0);
    assert.deepEqual(sent('POST'), { name: 'bsd', title: 'BSD', diskBus: 'virtio', nicModel: 'virtio', video: 'vga', localtime: true, defaultVmType: 'small' });
    assert.equal((await edu(['ostype', 'set', 'bsd', '--audio', 'hda', '--clock', 'utc'])).code, 0);
    assert.deepEqual(sent('PATCH'), { audio: 'hda', localtime: false });
    const kept = await edu(['ostype', 'delete', 'other']);
    assert.equal(kept.code, 5);
    assert.match(kept.err, new RegExp(`used by the images ${IMG_A} \\[TYPE_IN_USE\\]`));
    for (const bad of [['create', 'x'], ['set', 'x'], ['set', 'x', '--disk-bus', 'scsi']]) assert.equal((await edu(['ostype', ...bad])).code, 2, bad.join(' '));
    assert.equal((await edu(['image', 'create', IMG_A, '--name', 'x', '--vm-type', 'tiny', '--ostype', '教室'])).code, 0);
    assert.deepEqual(sent('POST'), { name: 'x', ostype: '教室', vmType: 'tiny' });
  });

  it('remembers the cloud of a login whose password was wrong', async () => {
    assert.equal((await edu(['login', '--url', clc.url, '--user', 'admin'], { stdin: 'wrong' })).code, 4);
    const now = await edu(['status']);
    assert.equal(now.code, 4);
    assert.match(now.err, new RegExp(`not logged in \\[UNAUTHENTICATED\\].*edu login --url ${clc.url} --user admin`));
    const again = await edu(['login', '--user', 'admin'], { stdin: 'right' });
    assert.equal(again.code, 0, again.err);
    assert.equal((await edu(['status'])).code, 0);
  });

  it('says a failure as a problem on standard error, and nothing else there, when JSON or YAML was asked for', async () => {
    await login();
    const refused = await edu(['task', 'submit', TID, '--wait', '-o', 'json']);
    const problem = JSON.parse(refused.err) as Record<string, unknown>;
    assert.deepEqual([problem['code'], problem['status'], problem['exitCode'], refused.code], ['WRONG_PHASE', 409, 5, 5]);
    assert.equal(problem['action'], 'Do what WRONG_PHASE needs.');
    const own = await edu(['image', 'upload', path.join(dir, 'missing.qcow2'), '--name', 'x', '--ostype', 'linux', '--usage', 'server', '--output=json']);
    assert.deepEqual([(JSON.parse(own.err) as Record<string, unknown>)['code'], own.code], ['LOCAL_FILE', 2]);
    const usage = await edu(['-ojson', 'image', 'explode']);
    assert.deepEqual([(JSON.parse(usage.err) as Record<string, unknown>)['code'], usage.code], ['USAGE', 2]);
    assert.match((await edu(['image', 'show', 'nothing', '-o', 'yaml'])).err, /^code: NOT_FOUND$/m);
    const worked = await edu([...uploadArgs(bigFile().file), '-o', 'json']);
    assert.deepEqual([worked.code, worked.err], [0, '']);
  });

  it('says what to do with a command: where to look, what is allowed, how to log in; a wrong field once; a missing file in words', async () => {
    await login();
    const answer = async (status: number, problem: object, ...args: string[]): Promise<string> => {
      clc.faults.failNext = { method: args.includes('submit') ? 'POST' : 'GET', status, problem: { detail: 'd', action: 'Check the id.', ...problem } };
      return (await edu(args)).err;
    };
    assert.match(await answer(404, { code: 'NOT_FOUND', why: { code: 'noTask', args: { tid: 'x' } } }, 'task', 'show', TID), /What to do: see edu task list\.$/m);
    assert.match(await answer(401, { code: 'UNAUTHENTICATED', why: { code: 'tokenUnknown' } }, 'image', 'list'), new RegExp(`What to do: edu login --url ${clc.url} --user NAME`));
    assert.match(await answer(409, { code: 'WRONG_PHASE', data: { phase: 'preparing', state: 'pending', allowed: ['prepare', 'cancel'] } }, 'task', 'submit', TID), new RegExp(`What to do: edu task prepare\\|cancel ${TID}`));
    const field = await answer(400, { code: 'BAD_REQUEST', detail: 'memoryMiB: at least 64', fields: [{ field: 'memoryMiB', message: 'at least 64' }] }, 'task', 'submit', TID);
    assert.equal(field.split('at least 64').length, 2, field);
    assert.match((await edu(['image', 'upload', '/no/such.iso', '--name', 'x', '--ostype', 'linux', '--usage', 'medium'])).err, /^edu: \/no\/such\.iso: there is no such file or folder \[LOCAL_FILE\]/);
    assert.match((await edu(['image', 'download', IMG_A, '/no/such/folder/x'])).err, /there is no such file or folder \[LOCAL_FILE\]/);
  });

  it('names the page of the guest’s screen, and gives programs a whole WebSocket address', async () => {
    await login();
    assert.match((await edu(['task', 'console', TID])).out, new RegExp(`^page +${clc.url}/tasks/${TID}$`, 'm'));
    const grant = (await edu(['task', 'console', TID, '-o', 'json'])).json() as Record<string, string>;
    assert.deepEqual([grant['page'], grant['url']], [`${clc.url}/tasks/${TID}`, `${clc.url.replace('http', 'ws')}/clc/api/1.0/console/one-use`]);
  });

  it('sends nothing when an image of this name holds the same bytes, unless --again', async () => {
    await login();
    const file = path.join(dir, 'same.raw');
    writeFileSync(file, clc.stored);
    const args = ['image', 'upload', file, '--name', 'Debian/12', '--ostype', 'linux', '--usage', 'server'];
    const twice = await edu(args);
    assert.equal(twice.code, 0, twice.err);
    assert.match(twice.err, new RegExp(`already there: ${IMG_A}`));
    assert.match(twice.out, new RegExp(`^id +${IMG_A}$`, 'm'));
    assert.equal(clc.seen.filter((r) => r.path === '/images' && r.method === 'POST').length, 0);
    const again = await edu([...args, '--again']);
    assert.equal(again.code, 0, again.err);
    assert.match(again.err, /an image of this name already \(img-0000000a\)/);
    assert.match(again.out, /^id +img-000000aa$/m);
  });

  it('follows all pages, finds an image by its name, and prints table, JSON or YAML', async () => {
    await login();
    assert.match((await edu(['image', 'list'])).out, /img-00000001[\s\S]*img-0000000a/);
    assert.equal((await edu(['image', 'show', 'Debian/12', '-o', 'json'])).json()['id'], IMG_A);
    assert.match((await edu(['task', 'list', '--output', 'yaml'])).out, /tid: img-0000000a/);
  });

  it('gives every POST an Idempotency-Key and repeats a 503 with the same one', async () => {
    await login();
    clc.faults.failNext = { method: 'POST', status: 503, problem: { code: 'BUS_UNAVAILABLE', detail: 'later' } };
    const begun = await edu(['image', 'create', IMG_A, '--name', 'new', '--memory', '1G', '--cpus', '2', '-o', 'json']);
    assert.equal(begun.code, 0, begun.err);
    const posts = clc.seen.filter((r) => r.path === '/image/create/task/begin/img-0000000a');
    assert.equal(posts.length, 2);
    assert.ok(posts[0]!.headers['idempotency-key']);
    assert.equal(posts[1]!.headers['idempotency-key'], posts[0]!.headers['idempotency-key']);
    assert.deepEqual(JSON.parse(posts.at(-1)!.body.toString()), { name: 'new', memoryMiB: 1024, cpus: 2 });
  });

  it('waits for a step over a broken event stream', async () => {
    await login();
    clc.faults.dropStreamOnce = true;
    const waiting = edu(['task', 'prepare', TID, '--wait']);
    await until('a listener', () => clc.listeners() > 0, 5000);
    clc.emit('progress', { tid: TID, phase: 'preparing', progress: 40, job: 'fetchImage', bytes: { done: 400, total: 1000 }, note: '', at: 1 });
    clc.setTask({ state: 'prepared', progress: 100, allowed: ['run', 'cancel', 'delete'] });
    const done = await waiting;
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /preparing\/prepared 100%/);
    assert.match(done.out, /next +edu task run img-\S+ --wait/);
    assert.match(done.err, /prepare 40% preparing\/fetchImage 400 B \/ 1000 B/);
  });

  it('ends with 7 and one line about what is kept, where, until when and what to do when a step fails', async () => {
    await login();
    Object.assign(clc.task, { phase: 'editing', state: 'stopped', allowed: ['run', 'submit', 'cancel', 'delete'] });
    const waiting = edu(['task', 'submit', TID, '--wait']);
    await until('a listener', () => clc.listeners() > 0, 5000);
    clc.setTask({ state: 'stopped', failedStep: 'submit', error: { code: 'DISK_FULL', message: '1 GiB is missing on walrus', retryable: true }, kept: { what: 'the edited disk', where: 'node nc-1', until: 'you cancel' }, allowed: ['run', 'submit', 'retry', 'cancel'] });
    const done = await waiting;
    assert.equal(done.code, 7);
    const last = done.err.trimEnd().split('\n').at(-1)!;
    assert.match(last, /^edu: submit failed: 1 GiB is missing on walrus \[DISK_FULL\]\. Kept: the edited disk, node nc-1, until you cancel\. What to do: Free as much as is missing.*retry/);
  });

  it('says 5 and what is allowed when the phase is wrong, and 8 when --timeout runs out', async () => {
    await login();
    const refused = await edu(['task', 'submit', TID]);
    assert.equal(refused.code, 5);
    assert.match(refused.err, /preparing\/pending.*allowed: prepare/);
    const slow = await edu(['task', 'prepare', TID, '--wait', '--timeout', '1s']);
    assert.equal(slow.code, 8);
    assert.match(slow.err, /goes on by itself.*edu task watch/);
  });

  const bigFile = (): { file: string; bytes: Buffer } => {
    const bytes = Buffer.alloc(4_000_000, 'QFI\xfb and more of it', 'latin1');
    const file = path.join(dir, 'disk.qcow2');
    writeFileSync(file, bytes);
    return { file, bytes };
  };
  const uploadArgs = (file: string): string[] => ['image', 'upload', file, '--name', 'up', '--ostype', 'linux', '--usage', 'server'];

  it('uploads over a cut connection without sending anything twice', async () => {
    await login();
    const { file, bytes } = bigFile();
    clc.upload.cutAfter = 1_000_000;
    const done = await edu(uploadArgs(file));
    assert.equal(done.code, 0, done.err);
    assert.ok(clc.upload.bytes.equals(bytes));
    const announced = JSON.parse(clc.seen.find((r) => r.path === '/images' && r.method === 'POST')!.body.toString()) as Record<string, unknown>;
    assert.equal(announced['format'], 'qcow2');
    assert.match(String(announced['sha256']), /^[0-9a-f]{64}$/);
    assert.deepEqual(readdirSync(path.join(dir, 'config/uploads')), []);
  });

  it('resumes what an earlier call of the same file left, with a new ticket', async () => {
    await login();
    const { file, bytes } = bigFile();
    const { mtimeMs, size } = statSync(file);
    // What an interrupted call leaves behind: half the bytes at the store, and the state beside the session.
    clc.upload.size = size;
    clc.upload.bytes = bytes.subarray(0, 1_500_000);
    const key = createHash('sha256').update(JSON.stringify([clc.url, file, size, mtimeMs, 'up'])).digest('hex').slice(0, 24);
    mkdirSync(path.join(dir, 'config/uploads'), { recursive: true });
    writeFileSync(path.join(dir, `config/uploads/${key}.json`), JSON.stringify({ imageId: 'img-000000aa', version: 1, uploadUrl: `${clc.url}/clc/api/1.0/store/tus/u1`, startedAt: 1 }));
    const done = await edu(uploadArgs(file));
    assert.equal(done.code, 0, done.err);
    assert.match(done.err, /resuming/);
    assert.equal(clc.upload.tickets, 1);
    assert.equal(clc.seen.filter((r) => r.path === '/images' && r.method === 'POST').length, 0);
    assert.ok(clc.upload.bytes.equals(bytes));
  });

  it('says why an image was refused, with 9', async () => {
    await login();
    clc.upload.inspection = 'refused';
    clc.upload.error = 'the image refers to a backing file';
    const done = await edu(uploadArgs(bigFile().file));
    assert.equal(done.code, 9);
    assert.match(done.err, /refused: the image refers to a backing file \[IMAGE_REFUSED\]\. Nothing is kept\./);
  });

  it('resumes a broken download, checks the sum, and makes a harmless file name of any image name', async () => {
    await login();
    const target = path.join(dir, 'got.qcow2');
    clc.faults.cutDownloadAt = 1_000_000;
    const broken = await edu(['image', 'download', 'Debian/12', target]);
    assert.equal(broken.code, 6);
    assert.match(broken.err, /Kept: .*got\.qcow2\.part/);
    const have = statSync(`${target}.part`).size;
    assert.ok(have > 0);
    assert.equal((await edu(['image', 'download', 'Debian/12', target])).code, 0);
    assert.equal(clc.seen.at(-1)!.headers.range, `bytes=${have}-`);
    assert.ok(readFileSync(target).equals(clc.stored));
    assert.ok(!existsSync(`${target}.part`));
    assert.equal(safeFileName('../../etc/pass wd', 3, 'qcow2'), '_.._etc_pass wd.v3.qcow2');
  });
});
