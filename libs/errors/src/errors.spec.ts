import assert from 'node:assert/strict';
import { CloudError, asCloudError, fromWire, toWire, wrap } from './index.ts';

describe('errors', () => {
  it('cross a process without stack and without what is internal', () => {
    const wire = toWire(new CloudError('DISK_FULL', 'nc-1: 3 GiB missing', { internal: 'secret', data: { missingBytes: 3 } }));
    assert.deepEqual(wire, { code: 'DISK_FULL', message: 'nc-1: 3 GiB missing', retryable: true, data: { missingBytes: 3 } });
    assert.equal(fromWire(wire).code, 'DISK_FULL');
  });
  it('that are not ours keep their text out of sight', () => {
    const e = asCloudError(new Error('password=hunter2'), 'reading the config');
    assert.equal(e.code, 'INTERNAL');
    assert.ok(!toWire(e).message.includes('hunter2'));
  });
  it('wrapped, keep code and data and say what was being done', () => {
    const e = wrap(new CloudError('TRANSFER_FAILED', 'reset', { data: { at: 5 } }), 'fetching img-1');
    assert.equal(e.code, 'TRANSFER_FAILED');
    assert.equal(e.message, 'fetching img-1: reset');
    assert.deepEqual(e.data, { at: 5 });
  });
  it('with a code from a newer version arrive as INTERNAL with their name', () => {
    assert.equal(fromWire({ code: 'FUTURE', message: 'x', retryable: true }).message, 'FUTURE: x');
  });
  it('full disks are recognised by errno', () => {
    assert.equal(asCloudError(Object.assign(new Error('write'), { code: 'ENOSPC' })).code, 'DISK_FULL');
  });
});
