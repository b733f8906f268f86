#!/usr/bin/env node
// `dauntless …` is `npm run dauntless -- …`: the command line of the platform.
process.argv.splice(2, 0, 'cli')
await import('./launch.mjs')
