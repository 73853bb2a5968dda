// Text as the keys of a US keyboard, for guests without an agent: the paste button of the console types with it.
const SHIFT = 0xffe1;
const SHIFTED = '~!@#$%^&*()_+{}|:"<>?';

export interface Keystroke {
  keysym: number;
  down: boolean;
}

/** @returns the key events in order, and how many characters no US key makes */
export function keystrokes(text: string): { keys: Keystroke[]; skipped: number } {
  const keys: Keystroke[] = [];
  let skipped = 0;
  const press = (keysym: number, shift: boolean): void => {
    // QEMU maps keysyms to keys of its keyboard and does not press Shift for us.
    if (shift) keys.push({ keysym: SHIFT, down: true });
    keys.push({ keysym, down: true }, { keysym, down: false });
    if (shift) keys.push({ keysym: SHIFT, down: false });
  };
  for (const character of text.replace(/\r\n?/g, '\n')) {
    const code = character.codePointAt(0)!;
    if (character === '\n') press(0xff0d, false);
    else if (character === '\t') press(0xff09, false);
    else if (code >= 0x20 && code < 0x7f) press(code, /[A-Z]/.test(character) || SHIFTED.includes(character));
    else skipped += 1;
  }
  return { keys, skipped };
}
