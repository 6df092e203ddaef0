#!/usr/bin/env node
// Static imports run before anything written here, so what an old Node cannot load is imported after the check.
const FLOOR = 22

if (Number.parseInt(process.versions.node, 10) < FLOOR) {
  console.error(`consensus needs Node ${FLOOR} or newer; this is Node ${process.versions.node}.`)
  process.exitCode = 1
} else {
  const { runProcess } = await import('./run-process.ts')
  await runProcess()
}

export {}
