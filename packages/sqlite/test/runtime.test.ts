import { describe, expect, test } from 'vitest'
import { mustCarryDriver } from '../src/runtime.ts'

describe('the runtime', () => {
  test.each([
    { node: '20.20.2', napi: '9' },
    { node: '22.12.0', napi: '9' },
    { node: '23.5.0', napi: '9' },
    { node: '1.3.0' },
  ])('is refused when the driver would crash it: $node', (versions) => {
    expect(() => mustCarryDriver(versions)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }))
  })

  test('is accepted when it is the one the driver is built for', () => {
    expect(() => mustCarryDriver({ node: '22.14.0', napi: '10' })).not.toThrow()
    expect(() => mustCarryDriver()).not.toThrow()
  })
})
