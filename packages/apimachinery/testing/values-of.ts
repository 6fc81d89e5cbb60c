import { type FieldInfo, typeInfo } from '@wherry/api'
import fc from 'fast-check'

const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 }
const text = fc.oneof(fc.string({ maxLength: 8, unit: 'grapheme' }), fc.constantFrom('a', 'b', 'c'))
const key = fc.oneof(text, fc.constant('__proto__'), fc.constant('constructor'))
const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
const iso = (ms: number) => new Date(ms).toISOString()
const object = fc.constantFrom<unknown>({}, { a: 1 }, { b: [true, null, 'x'] })

/** Arbitrary values of the scalars of the field table, in canonical form. */
const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: text,
  bool: fc.boolean(),
  int32: fc.integer(int32),
  int64: fc.oneof(fc.maxSafeInteger(), fc.integer(int32)),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  bytes: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  Time: seconds.map((value) => `${iso(value * 1000).slice(0, 19)}Z`),
  MicroTime: seconds.map((value) => `${iso(value * 1000).slice(0, 19)}.${String(value % 1_000_000).padStart(6, '0')}Z`),
  Duration: fc.constantFrom('0s', '1h0m0s', '1.5s'),
  Quantity: fc.constantFrom('0', '1', '100m', '1Gi', '1500m', '12k', '1e3'),
  IntOrString: fc.oneof(fc.integer(int32), text),
  RawExtension: object,
  FieldsV1: fc.constantFrom<unknown>({}, { 'f:metadata': { '.': {} } }),
  JSON: object,
  object,
  JSONSchemaPropsOrBool: fc.constantFrom<unknown>(true, false, { type: 'string' }),
  JSONSchemaPropsOrArray: fc.constantFrom<unknown>({ type: 'string' }, [{ type: 'string' }]),
  JSONSchemaPropsOrStringArray: fc.constantFrom<unknown>(['a'], { type: 'string' }),
}

/** Arbitrary JSON values of a type of the field table, a few fields of each struct set. */
export function valuesOf(type: string, depth = 3): fc.Arbitrary<unknown> {
  const scalar = scalars[type]
  if (scalar) return scalar
  const info = typeInfo(type)
  if (!info) throw new Error(`no type ${type} in the field table`)
  if (info.alias && info.alias.type !== 'object') return ofField(info.alias, depth)
  const fields = Object.entries(info.fields).filter(([, field]) => !field.inline)
  if (depth === 0 || fields.length === 0) return fc.constant({})
  return fc
    .subarray(fields, { maxLength: Math.min(fields.length, 6) })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map(([name, field]) => [name, ofField(field, depth - 1)]))))
}

function ofField(field: FieldInfo, depth: number): fc.Arbitrary<unknown> {
  const one = valuesOf(field.type, depth)
  const item = field.list ? fc.array(one, { minLength: 1, maxLength: 3 }) : one
  return field.map ? fc.dictionary(key, item, { minKeys: 1, maxKeys: 3 }) : item
}
