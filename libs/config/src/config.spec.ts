import assert from 'node:assert/strict';
import { hasCode, type CloudError } from '@educloud/errors';
import { z } from 'zod';
import { bossUrl, daemonName, daemonSettings, loadConfig, type ConfigRequest } from './index.ts';

const schema = z.strictObject({
  http: z.object({ host: z.string().default('127.0.0.1'), port: z.number().int().min(0).max(65535).default(8443) }).prefault({}),
  dataDir: z.string().default('/var/lib/educloud'),
  clc: z.object({ url: z.url() }).optional(),
  usages: z.array(z.enum(['vs', 'rvd'])).default(['vs']),
  fake: z.boolean().default(false),
  database: z.discriminatedUnion('kind', [z.object({ kind: z.literal('sqlite'), file: z.string() }), z.object({ kind: z.literal('mariadb'), url: z.string() })]).default({ kind: 'sqlite', file: 'x' }),
});
const load = (files: Record<string, string>, more: Partial<ConfigRequest<typeof schema>> = {}) =>
  loadConfig({ role: 'cc', schema, env: {}, read: (f) => files[f] ?? null, ...more });
const mistakes = (work: () => unknown): string[] => {
  try { work(); } catch (e) {
    assert.ok(hasCode(e, 'CONFIG_INVALID'), String(e));
    return (e as CloudError).data?.['mistakes'] as string[];
  }
  return assert.fail('no mistake was found');
};

describe('the configuration', () => {
  it('needs nothing at all', () => {
    assert.equal(load({}).http.port, 8443);
  });
  it('lets the environment win over the file, and the file over the seed conf', () => {
    const files = { '/c.yaml': 'http: {port: 1}\ndataDir: /d\n', '/clc.conf': "IP='10.0.0.9'\n" };
    const seedConf = [{ file: '/clc.conf', path: ['clc', 'url'], value: (ip: string) => `http://${ip}:8443` }];
    const env = { EDUCLOUD_CC_HTTP_PORT: '2', EDUCLOUD_CC_USAGES: 'vs, rvd', EDUCLOUD_CC_FAKE: 'yes', EDUCLOUD_NC_FAKE: 'x', EDUCLOUD_CC_DATABASE_KIND: 'mariadb', EDUCLOUD_CC_DATABASE_URL: 'mysql://h/d' };
    const c = load(files, { file: '/c.yaml', seedConf, env });
    assert.deepEqual([c.http.port, c.dataDir, c.clc?.url, c.usages, c.fake, c.database.kind], [2, '/d', 'http://10.0.0.9:8443', ['vs', 'rvd'], true, 'mariadb']);
    assert.equal(load({ ...files, '/c.yaml': 'clc: {url: "http://x:1"}' }, { file: '/c.yaml', seedConf }).clc?.url, 'http://x:1');
  });
  it('tells all mistakes together, each with its place and key', () => {
    const files = { '/c.yaml': 'http:\n  port: many\n  prot: 1\ndataDir: 5\n', '/clc.conf': 'no address' };
    const list = mistakes(() => load(files, { file: '/c.yaml', env: { EDUCLOUD_CC_FAKE: 'perhaps', EDUCLOUD_CC_HTP_PORT: '1' }, seedConf: [{ file: '/clc.conf', path: ['clc', 'url'], value: (ip) => ip }] })).join('\n');
    for (const part of ['/c.yaml:2: http.port:', '/c.yaml:3: http.prot: unknown key', '/c.yaml:4: dataDir:', 'EDUCLOUD_CC_FAKE: fake:', 'EDUCLOUD_CC_HTP_PORT: no key', '/clc.conf: IP:']) assert.ok(list.includes(part), `${part} not in\n${list}`);
  });
  it('refuses a named file that is missing or is not YAML', () => {
    assert.match(mistakes(() => load({}, { file: '/none.yaml' })).join(), /no such file/);
    assert.match(mistakes(() => load({ '/c.yaml': 'a: [1' }, { env: { EDUCLOUD_CC_CONFIG: '/c.yaml' } })).join(), /c\.yaml:1/);
    assert.equal(load({}, { defaultFile: '/etc/none.yaml' }).fake, false);
  });
});

describe('the settings all daemons share', () => {
  const schema = z.strictObject({ name: daemonName('nc-1'), ...daemonSettings('nc', 8774), ccUrl: bossUrl('http://127.0.0.1:8772') });
  it('need nothing, and know where a daemon lives', () => {
    const c = schema.parse({});
    assert.deepEqual([c.name, c.dataDir, c.listen.port, c.publicUrl, c.logLevel], ['nc-1', '/var/lib/educloud/nc', 8774, '', 'info']);
  });
  it('refuse at start what no registration would take', () => {
    for (const wrong of [{ name: 'Node 1' }, { ccUrl: '10.0.0.1:8772' }, { ccUrl: 'ftp://cc' }, { publicUrl: 'nc.school' }, { listen: { port: 70_000 } }]) assert.equal(schema.safeParse(wrong).success, false, JSON.stringify(wrong));
  });
});
