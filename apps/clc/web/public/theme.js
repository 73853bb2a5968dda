// Before the first paint: the remembered theme and language, so that nothing flashes. Read by index.html; written by hooks/useTheme.ts and i18n.
try {
  const theme = localStorage.getItem('educloud.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; then the system's theme stays.
}
