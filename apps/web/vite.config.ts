import { defineConfig } from 'vite'
import solid from 'vite-plugin-solid'
import { trustedTemplates } from './scripts/trusted-templates.ts'

/** `--mode demo` builds the same pages on a made-up conversation list, for working on looks. */
export default defineConfig(({ mode }) => ({
  plugins: [trustedTemplates(), solid()],
  worker: { format: 'es' as const },
  build: {
    outDir: mode === 'demo' ? 'target/demo' : 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // light-dark(), popover and nesting as they are.
    cssTarget: ['chrome125', 'firefox125', 'safari17.5'],
    rolldownOptions: { input: mode === 'demo' ? 'demo.html' : 'index.html' },
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  preview: { port: 0 },
}))
