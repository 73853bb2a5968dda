// What the pages read. Nothing here polls: hooks/useLive.ts marks it stale when the stream says so.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { BeginImageCreate, BeginImageModify, Step, TaskView } from '@educloud/contracts';
import { askStep, beginCreate, beginModify, fetchImages, fetchStatus, fetchTask, fetchTasks } from '../api/cloud.ts';
import { fetchMe } from '../api/session.ts';
import { board } from '../api/progress.ts';
import { keys } from './keys.ts';

export const useMe = () => useQuery({ queryKey: keys.me, queryFn: fetchMe, retry: false });
export const useImages = () => useQuery({ queryKey: keys.images, queryFn: fetchImages });
export const useTasks = () => useQuery({ queryKey: keys.tasks, queryFn: fetchTasks });
export const useStatus = () => useQuery({ queryKey: keys.status, queryFn: fetchStatus });
export const useTask = (tid: string) => useQuery({ queryKey: keys.task(tid), queryFn: () => fetchTask(tid) });

/** Asks for a step of a task; the answer only says "accepted", the stream tells the rest. */
export function useStep(task: TaskView) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (step: Step) => {
      // A new step has a bar of its own.
      board.forget(task.tid);
      return askStep(task, step);
    },
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: keys.task(task.tid) }), client.invalidateQueries({ queryKey: keys.tasks })]),
  });
}

export type BeginRequest = { kind: 'image/create'; srcId: string; body: BeginImageCreate } | { kind: 'image/modify'; srcId: string; body: BeginImageModify };

export function useBegin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: BeginRequest) => (request.kind === 'image/create' ? beginCreate(request.srcId, request.body) : beginModify(request.srcId, request.body)),
    onSuccess: (task) => {
      client.setQueryData(keys.task(task.tid), task);
      void client.invalidateQueries({ queryKey: keys.tasks });
      void client.invalidateQueries({ queryKey: keys.images });
    },
  });
}
