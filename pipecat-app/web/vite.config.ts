import { defineConfig } from 'vite';

/** Where the agent answers while `npm run dev -w @twin/web` serves the page. */
const agent = process.env.TWIN_ENDPOINT ?? 'http://127.0.0.1:8000';

export default defineConfig({
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    target: 'es2022',
    // The worklet must be a file of its own: a strict content security policy allows no `data:` scripts.
    assetsInlineLimit: 0,
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/ws': { target: agent, ws: true, changeOrigin: true },
      '/api': agent,
      '/health': agent,
      '/signin': agent,
    },
  },
});
