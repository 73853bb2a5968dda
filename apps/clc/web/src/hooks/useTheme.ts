// Light, dark, or what the system says; remembered. public/theme.js applies it before the first paint.
import { useState } from 'react';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'educloud.theme';
const ORDER: readonly Theme[] = ['system', 'light', 'dark'];

export function useTheme(): { theme: Theme; next: () => void } {
  const [theme, setTheme] = useState<Theme>(() => {
    const now = document.documentElement.dataset.theme;
    return now === 'light' || now === 'dark' ? now : 'system';
  });
  const next = (): void => {
    const chosen = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length]!;
    setTheme(chosen);
    if (chosen === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    try {
      if (chosen === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, chosen);
    } catch {
      // Storage may be forbidden; then it lasts until the reload.
    }
  };
  return { theme, next };
}
