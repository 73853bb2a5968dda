// A field of a form that knows which fields of the request it stands for: what the answer says of these stands right below it. Used by the dialogs of machines.
import { createContext, useContext } from 'react';
import type { ReactNode } from 'react';
import { useFieldProblems } from '../hooks/useErrorWords.ts';
import { Field, type FieldProps } from './Field.tsx';

const Refused = createContext<unknown>(null);
/** Around the fields of a form: how its request was refused, or null. */
export const RefusedWith = Refused.Provider;

/** @param of patterns: `a.*` is a and all that is inside of it */
export function FieldOf({ of, label, hint, children }: { of: readonly string[]; label: string; hint?: string; children: (props: FieldProps) => ReactNode }) {
  return <Field label={label} hint={hint} wrong={useFieldProblems(useContext(Refused)).at(of)}>{children}</Field>;
}
