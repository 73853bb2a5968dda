// What stays after the work has ended because it is history, or worth keeping while there is room; and until when. Whatever else stays is a leak.
// Read by judge.ts; the words are in the table that a soak prints.

const TASKS = 'history.taskDays (365 days) after the task has ended';
const JOURNAL = '7 days after the result was told (libs/executor)';
const CACHE = 'until its room is needed (reserveBytes)';

/** By series. */
export const HISTORY: Readonly<Record<string, string>> = {
  'rows events': 'history.eventDays (30 days)',
  'rows tasks': TASKS, 'rows instances': TASKS, 'rows saga_plans': TASKS, 'rows saga_jobs': TASKS, 'rows images': TASKS, 'rows image_versions': TASKS,
  'rows batches': TASKS, 'rows batch_members': TASKS,
  'rows idempotency_keys': '24 hours', 'rows sessions': 'sessions.hours (12 hours)', 'rows join_tokens': 'history.taskDays (365 days) after they expired', 'rows used_tickets': '2 minutes, swept every 10 minutes',
  'rows journal of cc': JOURNAL, 'rows journal of nc': JOURNAL, 'rows journal of walrus': JOURNAL,
  'redis keys that end by themselves': 'each has a time to live',
  'cached files of cc': CACHE, 'cached files of nc': CACHE,
};
