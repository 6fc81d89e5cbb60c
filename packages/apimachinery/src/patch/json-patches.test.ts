import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepEqual, deepFreeze } from '../meta/deep.ts'
import { applyMergePatch, createMergePatch, createThreeWayJSONMergePatch } from './json-merge.ts'
import { applyJSONPatch } from './json-patch.ts'
import { metadataKeyUnchanged } from './strategic.ts'

describe('a JSON patch', () => {
  const object = deepFreeze<object>({ a: { b: [1, 2, 3] }, 'x/y': { '~': 1 }, n: null })

  it.each([
    { op: { op: 'add', path: '/a/c', value: 1 }, want: { a: { b: [1, 2, 3], c: 1 } } },
    { op: { op: 'add', path: '/a/b/1', value: 9 }, want: { a: { b: [1, 9, 2, 3] } } },
    { op: { op: 'add', path: '/a/b/-', value: 9 }, want: { a: { b: [1, 2, 3, 9] } } },
    { op: { op: 'add', path: '/a/b/-1', value: 9 }, want: { a: { b: [1, 2, 3, 9] } } },
    { op: { op: 'remove', path: '/a/b/0' }, want: { a: { b: [2, 3] } } },
    { op: { op: 'remove', path: '/a/b/-1' }, want: { a: { b: [1, 2] } } },
    { op: { op: 'replace', path: '/a/b', value: 'x' }, want: { a: { b: 'x' } } },
    { op: { op: 'replace', path: '/a/new', value: 'x' }, want: { a: { b: [1, 2, 3], new: 'x' } } },
    { op: { op: 'replace', path: '/x~1y/~0', value: 2 }, want: { 'x/y': { '~': 2 } } },
    { op: { op: 'move', from: '/a/b', path: '/b' }, want: { a: {}, b: [1, 2, 3] } },
    { op: { op: 'copy', from: '/a/b/0', path: '/a/b/-' }, want: { a: { b: [1, 2, 3, 1] } } },
    { op: { op: 'copy', from: '/none', path: '/c' }, want: { c: null } },
    { op: { op: 'test', path: '/a', value: { b: [1, 2, 3] } }, want: {} },
    { op: { op: 'test', path: '/none', value: null }, want: {} },
    { op: { op: 'test', path: '/n' }, want: {} },
  ])('does $op', ({ op, want }) => {
    expect(applyJSONPatch(object, [op])).toEqual({ ...object, ...want })
  })

  it('may replace the whole object', () => {
    expect(applyJSONPatch(object, [{ op: 'replace', path: '', value: { a: 1 } }])).toEqual({ a: 1 })
  })

  it.each([
    { op: { op: 'add', path: '/none/c', value: 1 } },
    { op: { op: 'add', path: '/a/b/5', value: 1 } },
    { op: { op: 'add', path: '/a/b/x', value: 1 } },
    { op: { op: 'add', path: 'a', value: 1 } },
    { op: { op: 'add', value: 1 } },
    { op: { op: 'remove', path: '/none' } },
    { op: { op: 'remove', path: '/a/b/3' } },
    { op: { op: 'replace', path: '/n/x', value: 1 } },
    { op: { op: 'replace', path: '', value: 1 } },
    { op: { op: 'move', from: '/none', path: '/b' } },
    { op: { op: 'test', path: '/a', value: 1 } },
    { op: { op: 'test', path: '/none', value: 1 } },
    { op: { op: 'frobnicate', path: '/a' } },
    { op: {} },
    { op: { op: 'add', path: '/__proto__/polluted', value: 1 } },
    { op: { op: 'add', path: '/constructor/prototype/polluted', value: 1 } },
  ])('that does not apply is a 422: $op', ({ op }) => {
    expect(() => applyJSONPatch(object, [op])).toThrow(
      expect.objectContaining({
        code: 422,
        reason: 'Invalid',
        message: 'the server rejected our request due to an error in our request',
      }),
    )
  })

  it('that is no list of operations is a 400', () => {
    expect(() => applyJSONPatch(object, {})).toThrow(
      expect.objectContaining({
        code: 400,
        message: 'error decoding patch: json: cannot unmarshal object into Go value of type []interface {}',
      }),
    )
    expect(() => applyJSONPatch(object, ['x'])).toThrow(
      expect.objectContaining({
        code: 400,
        message: 'json: cannot unmarshal string into Go value of type jsonpatch.Operation',
      }),
    )
  })

  it('has 10,000 operations at most, and copies 3 MiB at most', () => {
    const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/n', value: null }))
    expect(() => applyJSONPatch(object, many)).toThrow(
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    )
    const double = Array.from({ length: 40 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }))
    expect(() => applyJSONPatch({ a: [1] }, double)).toThrow(expect.objectContaining({ code: 422 }))
  })

  it('applies or is refused, and never changes the object', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', '0', '-', '-1', '', '~0', '__proto__'))
      .map((parts) => parts.map((part) => `/${part}`).join(''))
    const operation = fc.record(
      {
        op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
        path,
        from: path,
        value: fc.jsonValue({ maxDepth: 2 }),
      },
      { requiredKeys: ['op'] },
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), (operations) => {
        try {
          applyJSONPatch(object, operations)
        } catch (error) {
          expect(error).toMatchObject({ code: 422 })
        }
        expect(Object(Object.prototype)).not.toHaveProperty('a')
      }),
    )
  })
})

describe('a JSON merge patch', () => {
  it.each([
    // The examples of RFC 7386, but those whose patch is no object.
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('on %j: %j gives %j', (object, patch, want) => {
    expect(applyMergePatch(deepFreeze<object>(object), deepFreeze<object>(patch))).toEqual(want)
  })

  it('that is no object is refused', () => {
    expect(() => applyMergePatch({}, [])).toThrow(
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    )
    expect(() => applyMergePatch({}, null)).toThrow('Invalid JSON Patch')
  })

  it('made from two objects leads from one to the other', () => {
    const objects = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', '__proto__'),
      fc.jsonValue({ maxDepth: 3 }).map(withoutNulls),
    )
    fc.assert(
      fc.property(objects, objects, (original, modified) => {
        const patch = createMergePatch(original, modified)
        expect(deepEqual(applyMergePatch(original, patch), modified)).toBe(true)
      }),
    )
  })
})

function withoutNulls(value: unknown): unknown {
  return value === null ? 0 : JSON.parse(JSON.stringify(value, (_, member) => (member === null ? 0 : member)))
}

describe('the JSON merge patch of an apply', () => {
  it('changes what differs now, deletes what was applied before, and leaves what others added', () => {
    const original = { spec: { a: 1, b: 2, list: [1] } }
    const modified = { spec: { a: 3, list: [1, 2] } }
    const current = { spec: { a: 1, b: 2, c: 4, list: [1] }, status: {} }
    expect(createThreeWayJSONMergePatch(original, modified, current)).toEqual({ spec: { a: 3, b: null, list: [1, 2] } })
  })

  it('is empty where the object is as wanted', () => {
    expect(createThreeWayJSONMergePatch({ a: 1 }, { a: 1 }, { a: 1, b: 2 })).toEqual({})
  })

  it('sets maps that are empty on purpose', () => {
    expect(createThreeWayJSONMergePatch({}, { a: {} }, {})).toEqual({ a: {} })
  })

  it('keeps to preconditions', () => {
    const change = () =>
      createThreeWayJSONMergePatch({}, { metadata: { name: 'b' } }, { metadata: { name: 'a' } }, [
        metadataKeyUnchanged('name'),
      ])
    expect(change).toThrow('precondition failed for: map[metadata:map[name:b]]')
  })

  it('sets and deletes within a member that has another type now', () => {
    const patch = createThreeWayJSONMergePatch({ a: { b: 1 } }, { a: { c: 1 } }, { a: [] })
    expect(patch).toEqual({ a: { b: null, c: 1 } })
  })
})
