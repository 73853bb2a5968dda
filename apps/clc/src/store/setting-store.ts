// Settings in the database.
import type { SettingStore } from './interface.ts';
import { insertUnlessThere, one, type Session } from './session.ts';

export function settingStore(session: Session): SettingStore {
  const { settings } = session.tables;
  const get = async (key: string): Promise<string | null> => (await one(session, settings, 'name = ?', [key]))?.value ?? null;
  return {
    get,
    async getOrInsert(key, value) {
      const there = await get(key);
      if (there !== null) return there;
      return (await insertUnlessThere(session, settings.insert({ name: key, value }))) ? value : ((await get(key)) ?? value);
    },
  };
}
