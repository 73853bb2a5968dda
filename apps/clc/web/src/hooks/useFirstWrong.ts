// The first field that was refused is shown and heard, wherever the reader is in a long form; what is folded away opens for it. Used by the long dialogs.
import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';

/** @param refusals look again when one of these is another one */
export function useFirstWrong(...refusals: unknown[]): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const wrong = [...(form.current?.querySelectorAll<HTMLElement>('[aria-invalid]') ?? [])];
    for (const each of wrong) each.closest('details')?.setAttribute('open', '');
    wrong[0]?.focus();
  }, refusals);
  return form;
}
