import { describe, expect, it } from 'vitest'
import * as field from './field-errors.ts'

describe('a field error', () => {
  it.each([
    { error: field.fieldRequired('spec.x'), want: 'spec.x: Required value' },
    { error: field.fieldRequired('spec.x', 'say it'), want: 'spec.x: Required value: say it' },
    { error: field.fieldInvalid('a', 'b"c\n', 'no'), want: 'a: Invalid value: "b\\"c\\n": no' },
    { error: field.fieldInvalid('a', { b: ['<x>'] }, 'no'), want: 'a: Invalid value: {"b":["\\u003cx\\u003e"]}: no' },
    { error: field.fieldInvalid('a', null, 'no'), want: 'a: Invalid value: null: no' },
    { error: field.fieldInvalid('a', undefined, 'no'), want: 'a: Invalid value: null: no' },
    { error: field.fieldTypeInvalid('a', true, ''), want: 'a: Invalid value: true' },
    { error: field.fieldDuplicate('a[1].name', 'x'), want: 'a[1].name: Duplicate value: "x"' },
    {
      error: field.fieldNotSupported('a', 'x', ['Always', 'Never']),
      want: 'a: Unsupported value: "x": supported values: "Always", "Never"',
    },
    { error: field.fieldForbidden('a', 'not now'), want: 'a: Forbidden: not now' },
    { error: field.fieldTooLong('a', 'xxx', 2), want: 'a: Too long: may not be more than 2 bytes' },
    { error: field.fieldTooLong('a', 'xxx', 1), want: 'a: Too long: may not be more than 1 byte' },
    { error: field.fieldTooMany('a', 3, 2), want: 'a: Too many: 3: must have at most 2 items' },
    { error: field.fieldNotFound('a', 'x'), want: 'a: Not found: "x"' },
    { error: field.fieldInternalError('a', 'oops'), want: 'a: Internal error: oops' },
  ])('reads $want', ({ error, want }) => {
    expect(field.formatFieldError(error)).toBe(want)
  })

  it('has a path that is put together from names and places', () => {
    expect(field.child(field.index(field.child('spec', 'containers'), 0), 'name')).toBe('spec.containers[0].name')
    expect(field.index('metadata.labels', 'app')).toBe('metadata.labels[app]')
    expect(field.child('', 'spec')).toBe('spec')
  })
})
