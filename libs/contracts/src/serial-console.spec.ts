import assert from 'node:assert/strict';
import { serialText } from './serial-console.ts';

const ESC = '\u001b';

describe('what a guest said on its serial port, as text', () => {
  it('has no sequence that a terminal would obey: colours, titles, clipboard, cursor, also one that is not finished', () => {
    assert.equal(serialText(`${ESC}[1;31mred${ESC}[0m ${ESC}]0;title\u0007and ${ESC}]52;c;cm0gLXJm${ESC}\\more ${ESC}(B${ESC}=${ESC}[?2004hend ${ESC}]0;unfinished`), 'red and more end ');
    assert.equal(serialText(`a${ESC}[`), 'a');
    assert.equal(serialText(`a${ESC}`), 'a');
  });
  it('R192: has every line after a sequence that is never finished, and what follows the colours of a Linux console', () => {
    for (const begin of [']0;', 'P', '^', '_', 'X']) assert.equal(serialText(`a${ESC}${begin}lost\nlogin: \nmore`), 'a\nlogin: \nmore', begin);
    assert.equal(serialText(`${ESC}]Rplain ${ESC}]P1ff00AAcolour`), 'plain colour');
  });
  it('has no control characters but line ends and tabs, and nothing that turns letters around', () => {
    assert.equal(serialText('a\u0000\u0007b\tc\u009bd\u202ee\u2028f\n'), 'ab\tcdef\n');
  });
  it('shows a line as a terminal would after a carriage return or a backspace', () => {
    assert.equal(serialText('10%\r50%\r100%\r\nlogim\bn: \r\r\nnext'), '100%\nlogin: \nnext');
  });
  it('is quick with a megabyte of anything', () => {
    const started = performance.now();
    for (const bad of [`${ESC}]`.repeat(200_000), '\b'.repeat(500_000), '\r'.repeat(500_000), `${ESC}[${'0;'.repeat(250_000)}`, `${ESC}${' '.repeat(500_000)}`]) serialText(bad);
    assert.ok(performance.now() - started < 2000, `${performance.now() - started} ms`);
  });
});
