// A part of a form that most leave as it is, folded away. It opens by itself when what was typed in it cannot be sent. Used by the dialogs of machines.
import type { ReactNode, SyntheticEvent } from 'react';

/** `onOpen`: something more is needed as soon as somebody looks into it. */
export function Fold({ title, onOpen, children }: { title: string; onOpen?: () => void; children: ReactNode }) {
  // The browser points at what it refuses, but not inside of something closed.
  const open = ({ currentTarget }: SyntheticEvent<HTMLDetailsElement>): void => { currentTarget.open = true; };
  return (
    <details onInvalidCapture={open} onToggle={({ currentTarget }) => { if (currentTarget.open) onOpen?.(); }}>
      <summary>{title}</summary>
      <div className="fold">{children}</div>
    </details>
  );
}
