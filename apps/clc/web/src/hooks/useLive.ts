// Joins the live stream to the cache: events change what is shown at once, then the truth is read again. Used once, by the shell.
import { useEffect, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { BatchView, InstanceView, TaskView } from '@educloud/contracts';
import { openEvents } from '../api/events.ts';
import { board } from '../api/progress.ts';
import { keys } from './keys.ts';
import { oncePerSecond } from './once-per-second.ts';
import { stale } from './stale.ts';

const ENDED = new Set(['prepared', 'stopped', 'running', 'submitted', 'failed', 'cancelled', 'deleted', 'stuck']);

/** @returns whether the stream is open */
export function useLive(): boolean {
  const client = useQueryClient();
  const [live, setLive] = useState(true);
  useEffect(
    () => {
      const hosts = oncePerSecond(() => stale(client, keys.hosts));
      const close = openEvents({
        onTask: (event) => {
          client.setQueryData<TaskView>(keys.task(event.tid), (task) =>
            // What is allowed comes with the read that follows; until then no button of the old state can be pressed.
            task && { ...task, ...(task.state === event.state ? {} : { allowed: [] }), phase: event.phase, state: event.state, progress: event.progress, vmstatus: event.vmstatus, message: event.message, said: event.said, updatedAt: event.at },
          );
          if (ENDED.has(event.state)) board.forget(event.tid);
          stale(client, keys.task(event.tid));
          stale(client, keys.tasks);
          if (ENDED.has(event.state)) {
            stale(client, keys.images);
            stale(client, keys.status);
          }
        },
        onProgress: (event) => board.push(event),
        onInstance: (event) => {
          client.setQueryData<InstanceView>(keys.instance(event.id), (instance) =>
            // What is allowed comes with the read that follows; until then no button of the old state can be pressed.
            instance && { ...instance, ...(instance.vmState === event.vmState && instance.taskState === event.taskState ? {} : { allowed: [] }), status: event.status, vmState: event.vmState, taskState: event.taskState, progress: event.progress, message: event.message, said: event.said, updatedAt: event.at },
          );
          stale(client, keys.instance(event.id));
          stale(client, keys.instances);
          // What is promised of a host, and what it has of a local desktop, changes with its machines.
          hosts.soon();
        },
        onInstanceProgress: (event) => {
          const further = (instance: InstanceView): InstanceView => (instance.id === event.id ? { ...instance, progress: Math.max(instance.progress, event.progress) } : instance);
          client.setQueryData<InstanceView>(keys.instance(event.id), (instance) => instance && further(instance));
          client.setQueryData<InstanceView[]>(keys.instances, (all) => all?.map(further));
        },
        onInstanceLoad: ({ id, load }) => void client.setQueryData<InstanceView>(keys.instance(id), (instance) => instance && { ...instance, load }),
        onBatch: (event) => {
          const further = (batch: BatchView): BatchView => (batch.id === event.id ? { ...batch, state: event.state, progress: event.progress, counts: event.counts } : batch);
          client.setQueryData<BatchView>(keys.batch(event.id), (batch) => batch && further(batch));
          client.setQueryData<BatchView[]>(keys.batches, (all) => all?.map(further));
          if (event.state !== 'running' || event.progress === 0) stale(client, keys.batches);
          if (event.state !== 'running') stale(client, keys.batch(event.id));
        },
        onNode: () => {
          stale(client, keys.status);
          for (const queryKey of [keys.hosts, keys.pulls, keys.orphans]) stale(client, queryKey);
        },
        onImage: () => {
          stale(client, keys.images);
          stale(client, keys.status);
        },
        onOpen: () => {
          setLive(true);
          stale(client);
        },
        onLost: () => setLive(false),
      });
      return () => {
        hosts.stop();
        close();
      };
    },
    [client],
  );
  return live;
}
