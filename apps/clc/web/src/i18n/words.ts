// The shape that every language must fill completely.
import type { en } from './en.ts';

type Same<T> = T extends string ? string : T extends readonly [string, string] ? readonly [string, string] : { readonly [K in keyof T]: Same<T[K]> };
export type Words = Same<typeof en>;
