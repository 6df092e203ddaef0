#!/usr/bin/env -S node --max-semi-space-size=8
// On a large machine V8 lets garbage pile up to 100 MB and more before it looks at it, whatever a command needs.
// Static imports run before anything written here, so what an old Node cannot load is imported after the check.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

// An older Node cannot compress archives, and the SQLite driver crashes one older still, with nothing to catch.
if (major < 22 || (major === 22 && minor < 15) || (major === 23 && minor < 8)) {
  console.error(`consensus needs Node 22.15, 23.8 or newer; this is Node ${process.versions.node}.`)
  process.exitCode = 1
} else {
  const { runProcess } = await import('./run-process.ts')
  await runProcess()
}

export {}
