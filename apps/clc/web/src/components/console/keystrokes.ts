// Text as the keys of a US keyboard, for guests without an agent: the paste button of the console types with it.
// Each key has its place on the keyboard too, so that QEMU passes it on as it is, like a pressed key, instead of looking it up in a keymap of its own.
const SHIFTED = '~!@#$%^&*()_+{}|:"<>?';
const UNSHIFTED = '`1234567890-=[]\\;\',./';
const PLACES: Readonly<Record<string, string>> = {
  '`': 'Backquote', '-': 'Minus', '=': 'Equal', '[': 'BracketLeft', ']': 'BracketRight', '\\': 'Backslash', ';': 'Semicolon', "'": 'Quote', ',': 'Comma', '.': 'Period', '/': 'Slash', ' ': 'Space',
};

export interface Keystroke {
  keysym: number;
  /** Where the key is, as KeyboardEvent.code names it. */
  code: string;
  down: boolean;
}

/** @returns the key events in order, and how many characters no US key makes */
export function keystrokes(text: string): { keys: Keystroke[]; skipped: number } {
  const keys: Keystroke[] = [];
  let skipped = 0;
  const press = (keysym: number, code: string, shift: boolean): void => {
    const hold = (down: boolean): void => void keys.push({ keysym: 0xffe1, code: 'ShiftLeft', down });
    // QEMU does not press Shift for us.
    if (shift) hold(true);
    keys.push({ keysym, code, down: true }, { keysym, code, down: false });
    if (shift) hold(false);
  };
  for (const character of text.replace(/\r\n?/g, '\n')) {
    const keysym = character.codePointAt(0)!;
    if (character === '\n') press(0xff0d, 'Enter', false);
    else if (character === '\t') press(0xff09, 'Tab', false);
    else if (keysym >= 0x20 && keysym < 0x7f) press(keysym, placeOf(character), /[A-Z]/.test(character) || SHIFTED.includes(character));
    else skipped += 1;
  }
  return { keys, skipped };
}

/** @param character printable ASCII */
function placeOf(character: string): string {
  const shifted = SHIFTED.indexOf(character);
  const key = shifted < 0 ? character : UNSHIFTED.charAt(shifted);
  if (/[a-z]/i.test(key)) return `Key${key.toUpperCase()}`;
  return /\d/.test(key) ? `Digit${key}` : (PLACES[key] ?? '');
}
