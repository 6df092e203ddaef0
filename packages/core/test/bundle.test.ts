import { describe, expect, test } from 'vitest'
import { type Bundle, checkBundle, fold, parseBundle, stringifyBundle } from '../src/index.ts'
import { aLog } from './a-log.ts'

function aBundle(): Bundle {
  const events = aLog()
  const { run, executions, artifacts, syntheses } = fold('r', events)
  return {
    run,
    executions: [...executions.values()].map((row) => ({
      ...row,
      response: row.status === 'completed' ? 'done' : undefined,
    })),
    artifacts: [...artifacts.values()].map((row) => ({ ...row, metadata: {}, content: { a: 1 } })),
    syntheses: [...syntheses.values()].map((row) => ({ ...row, metadata: {}, markdown: '# Plan' })),
    events,
  }
}

describe('a bundle', () => {
  test('is one line of text, and the same bundle again', () => {
    const line = stringifyBundle(aBundle())

    expect(line).not.toContain('\n')
    expect(parseBundle(line)).toEqual(aBundle())
    expect(stringifyBundle(parseBundle(line))).toBe(line)
  })

  test('keeps what looks like an instant in its bodies a string', () => {
    const [artifact] = aBundle().artifacts
    const at = '2026-01-01T00:00:00.000Z'
    const bundle = {
      ...aBundle(),
      artifacts: [{ ...artifact!, content: { at, createdAt: at }, metadata: { at } }],
    }

    expect(parseBundle(stringifyBundle(bundle)).artifacts[0]).toMatchObject({
      createdAt: artifact!.createdAt,
      content: { at, createdAt: at },
      metadata: { at },
    })
  })

  test('keeps every character and every number of its bodies', () => {
    const [execution] = aBundle().executions
    const [artifact] = aBundle().artifacts
    const bundle = {
      ...aBundle(),
      executions: [{ ...execution!, response: '\u0000\ud800\u{1f600}\r\n' }],
      artifacts: [{ ...artifact!, content: JSON.parse('{"z":-0,"a":1e21,"__proto__":null}') }],
    }
    const parsed = parseBundle(stringifyBundle(bundle))
    const content = parsed.artifacts[0]!.content as { readonly z: number }

    expect(parsed.executions[0]!.response).toBe('\u0000\ud800\u{1f600}\r\n')
    expect(Object.keys(content)).toEqual(['z', 'a', '__proto__'])
    expect(Object.is(content.z, -0)).toBe(true)
  })

  for (const line of ['', '{', 'null', '[]', '"text"', '7']) {
    test(`is not parsed from ${JSON.stringify(line)}`, () => {
      expect(() => parseBundle(line)).toThrow(expect.objectContaining({ code: 'INVALID' }))
    })
  }

  test('that says what its log tells is taken, with the rows its log tells', () => {
    const { run, executions, artifacts } = checkBundle(aBundle())

    expect(run).toEqual(aBundle().run)
    expect(executions[0]).toMatchObject({ row: { agentId: 'a1' }, response: { text: 'done', bytes: 4 } })
    expect(artifacts[0]).toMatchObject({ content: { text: '{"a":1}' }, metadata: { text: '{}' } })
  })

  test('that lies is refused, by what it lies about', () => {
    const { executions, artifacts } = aBundle()
    for (const [lie, message] of [
      [{ run: { ...aBundle().run, verdict: 'unanimous' } }, 'run says another verdict'],
      [{ executions: executions.slice(1) }, 'execution a1 is missing'],
      [
        { executions: [...executions, executions[0]!] },
        'execution a1 is in no event of the log, or is there twice',
      ],
      [{ artifacts: [{ ...artifacts[0]!, content: {} }] }, 'artifact art has a content of 2 bytes'],
      [{ events: aLog().toSpliced(2, 1) }, 'bundle.events do not hold together'],
    ] as const) {
      expect(() => checkBundle({ ...aBundle(), ...lie } as Bundle)).toThrow(message)
    }
  })
})
