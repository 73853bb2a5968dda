// A guest's screen as a person has it in the browser: what is painted, and what is typed there. For pages with a console.
import type { Page } from 'playwright-core';

export interface Painted {
  width: number;
  /** How many different ones. */
  colours: number;
  /** Another picture has another one. */
  print: string;
}

export interface ScreenPage {
  painted(): Promise<Painted>;
  /** A line, with Enter, through the dialog that types pasted text. */
  types(line: string): Promise<void>;
}

export const screenOf = (page: Page): ScreenPage => ({
  painted: () =>
    page.evaluate(() => {
      const canvas = document.querySelector('.console canvas') as HTMLCanvasElement;
      const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, canvas.width, canvas.height);
      const pixels = new Uint32Array(data.buffer);
      let print = 0;
      for (const pixel of pixels) print = (Math.imul(print, 31) + pixel) | 0;
      return { width: canvas.width, colours: new Set(pixels).size, print: String(print) };
    }),
  async types(line) {
    await page.getByRole('button', { name: 'Type text' }).first().click();
    await page.getByLabel('Text', { exact: true }).fill(`${line}\n`);
    await page.getByRole('button', { name: 'Type it' }).first().click();
  },
});
