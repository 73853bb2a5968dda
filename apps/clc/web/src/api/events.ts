// The live stream of the CLC. Opened once by the shell (hooks/useLive.ts).
import type { BatchEvent, InstanceEvent, InstanceLoadEvent, InstanceProgress, ProgressEvent, TaskEvent } from '@educloud/contracts';

export interface LiveListener {
  onTask(event: TaskEvent): void;
  onProgress(event: ProgressEvent): void;
  onInstance(event: InstanceEvent): void;
  onInstanceProgress(event: InstanceProgress): void;
  onInstanceLoad(event: InstanceLoadEvent): void;
  onBatch(event: BatchEvent): void;
  onNode(): void;
  onImage(): void;
  /** Each time the stream opens, also after a break: what was missed must be read again. */
  onOpen(): void;
  onLost(): void;
}

const RETRY_MS = 3000;

/** The browser re-connects by itself and sends Last-Event-ID; only a refused stream is opened anew here. */
export function openEvents(listener: LiveListener): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const connect = (): void => {
    const opened = new EventSource('/clc/api/1.0/events');
    source = opened;
    opened.onopen = () => listener.onOpen();
    opened.onerror = () => {
      listener.onLost();
      if (opened.readyState === EventSource.CLOSED && !closed) timer = setTimeout(connect, RETRY_MS);
    };
    opened.addEventListener('task', (message) => listener.onTask(JSON.parse(message.data) as TaskEvent));
    opened.addEventListener('progress', (message) => listener.onProgress(JSON.parse(message.data) as ProgressEvent));
    opened.addEventListener('instance', (message) => listener.onInstance(JSON.parse(message.data) as InstanceEvent));
    opened.addEventListener('instance-progress', (message) => listener.onInstanceProgress(JSON.parse(message.data) as InstanceProgress));
    opened.addEventListener('instance-load', (message) => listener.onInstanceLoad(JSON.parse(message.data) as InstanceLoadEvent));
    opened.addEventListener('batch', (message) => listener.onBatch(JSON.parse(message.data) as BatchEvent));
    opened.addEventListener('node', () => listener.onNode());
    opened.addEventListener('image', () => listener.onImage());
  };
  connect();
  return () => {
    closed = true;
    clearTimeout(timer);
    source?.close();
  };
}
