// How the pages are built: into dist/, served by the CLC from `/`. Called by `npm run build` and by the browser tests.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  base: '/',
  build: {
    // noVNC awaits at the top level of a module.
    target: 'es2022',
    // No inlined data: scripts or polyfill script elements, so that `default-src 'self'` holds.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      treeshake: {
        // The contracts only declare; without this every zod schema would come along for the error table.
        moduleSideEffects: (id: string) => !id.includes('/libs/contracts/') && !id.includes('/node_modules/zod/'),
      },
    },
  },
  // For `npx vite` beside a running cloud.
  server: { proxy: { '/clc': { target: 'http://127.0.0.1:8771', ws: true } } },
});
