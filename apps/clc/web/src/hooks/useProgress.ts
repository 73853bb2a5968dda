// Progress of one task for the bars.
import { useSyncExternalStore } from 'react';
import { board } from '../api/progress.ts';
import type { Progress } from '../api/progress.ts';

export const useProgress = (tid: string): Progress | undefined => useSyncExternalStore(board.subscribe, () => board.get(tid));
