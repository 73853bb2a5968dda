// A labelled field of a form, with what the cloud refused of it right below. Used by dialogs whose answer names fields.
import { useId } from 'react';
import type { ReactNode } from 'react';

export interface FieldProps { 'aria-invalid'?: true; 'aria-describedby'?: string }

export function Field({ label, hint, wrong, children }: { label: string; hint?: string | undefined; /** Why it was refused. */ wrong: string | null; children: (props: FieldProps) => ReactNode }) {
  const id = useId();
  return (
    <div className="field">
      <label><span>{label}{hint ? <> <small>{hint}</small></> : null}</span>{children(wrong === null ? {} : { 'aria-invalid': true, 'aria-describedby': id })}</label>
      {wrong === null ? null : <p className="wrong" id={id}>{wrong}</p>}
    </div>
  );
}
