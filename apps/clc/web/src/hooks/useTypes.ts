// VM types and OS types for the pages. The stream does not tell of them: they are read anew whenever a page that shows them opens.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { named, shippedText } from '@educloud/contracts';
import { createType, deleteType, fetchTypes, modifyType, type CreateOf, type ModifyOf, type TypeKind } from '../api/types.ts';
import { keys } from './keys.ts';
import { languageOf } from './useErrorWords.ts';

export const useTypes = <K extends TypeKind>(kind: K) => useQuery({ queryKey: keys.types(kind), queryFn: () => fetchTypes(kind), refetchOnMount: 'always' });

export interface Seen { name: string; rev: number }
export type TypeChange<K extends TypeKind> = { create: CreateOf<K> } | { modify: Seen; body: ModifyOf<K> } | { remove: Seen };

/** After a refusal too it is read again: somebody else may have changed it. */
export function useChangeType<K extends TypeKind>(kind: K) {
  const client = useQueryClient();
  return useMutation<unknown, Error, TypeChange<K>>({
    mutationFn: (change) => ('create' in change ? createType(kind, change.create) : 'modify' in change ? modifyType(kind, change.modify, change.body) : deleteType(kind, change.remove)),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: keys.types('vmtypes') }), client.invalidateQueries({ queryKey: keys.types('ostypes') })]),
  });
}

/** What people call an OS type. */
export function useOsTypeTitle(): (name: string) => string {
  const { i18n } = useTranslation();
  const types = useTypes('ostypes').data;
  const language = languageOf(i18n.language);
  return (name) => {
    const title = types?.find((type) => type.name === name)?.title;
    return title === undefined ? named('ostype', name, language) : shippedText(title, language);
  };
}
