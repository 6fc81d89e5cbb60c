import { expect, test } from 'vitest'
import { CompileFailure, newEnvironment } from '../src/index.ts'
import { functionTable } from '../src/declarations.ts'
import { AuthorizerValue, authorizerType, type CheckAuthorizer, jsonPatchLibrary } from '../src/libraries/authorizer.ts'

const allow: CheckAuthorizer = {
  check: () => ({ allowed: true, reason: '' }),
  serviceAccount: () => allow,
}

// As Kubernetes' pkg/cel/library/cost_test.go: estimate and run-time cost, constants evaluated each time.
const cases: readonly (readonly [expr: string, min: bigint, max: bigint, cost: number])[] = [
  ["'ABCDEFGHIJ abcdefghij'.lowerAscii()", 3n, 3n, 3],
  ["'ABCDEFGHIJ abcdefghij'.lowerAscii() == 'abcdefghij ABCDEFGHIJ'.lowerAscii()", 7n, 9n, 9],
  ["'ABCDEFGHIJ abcdefghij'.upperAscii()", 3n, 3n, 3],
  ["'ABCDEFGHIJ abcdefghij'.upperAscii() == 'abcdefghij ABCDEFGHIJ'.upperAscii()", 7n, 9n, 9],
  ["strings.quote('ABCDEFGHIJ abcdefghij')", 3n, 3n, 3],
  ["strings.quote('ABCDEFGHIJ abcdefghij') == strings.quote('ABCDEFGHIJ abcdefghij')", 7n, 11n, 9],
  ["'abc 123 def 123'.replace('123', '456')", 3n, 3n, 3],
  ["'abc 123 def 123'.replace('', 'x')", 3n, 3n, 3],
  ["'abc 123 def 123'.replace('123', '')", 3n, 3n, 3],
  ["'abc 123 def 123'.replace('123', '456', 1)", 3n, 3n, 3],
  ["'abc 123 def 123'.split(' ')", 3n, 3n, 3],
  ["'abc 123 def 123'.split(' ', 1)", 3n, 3n, 3],
  ["'abc 123 def 123'.substring(5)", 2n, 2n, 2],
  ["'abc 123 def 123'.substring(5, 8)", 2n, 2n, 2],
  ["'  abc 123 def 123  '.trim()", 2n, 2n, 2],
  ["['aa', 'bb', 'cc', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].join(' ')", 11n, 23n, 15],
  ["['aa', 'bb', 'cc', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].join()", 10n, 22n, 13],
  ["'abc 123 def 123'.find('123')", 2n, 2n, 2],
  ["'abc 123 def 123'.findAll('123')", 2n, 2n, 2],
  ["'abc 123 def 123'.findAll('123', 1)", 2n, 2n, 2],
  ["jsonpatch.escapeKey('abc/def~ abc/def~')", 2n, 2n, 2],
  ["authorizer.path('/healthz')", 2n, 2n, 2],
  [
    "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend')",
    6n,
    6n,
    6,
  ],
  [
    "authorizer.group('').resource('pods').fieldSelector('spec.nodeName=example-node-name.fully.qualified.domain.name.example.com')",
    1821n,
    1821n,
    1821,
  ],
  [
    "authorizer.group('').resource('pods').labelSelector('spec.nodeName=example-node-name.fully.qualified.domain.name.example.com')",
    1821n,
    1821n,
    1821,
  ],
  ["authorizer.path('/healthz').check('get').allowed()", 350003n, 350003n, 350003],
  [
    "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend').check('create').allowed()",
    350007n,
    350007n,
    350007,
  ],
  [
    "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend').check('create').errored()",
    350007n,
    350007n,
    350007,
  ],
  [
    "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend').check('create').error()",
    350007n,
    350007n,
    350007,
  ],
  ['quantity("12Mi")', 1n, 1n, 1],
  ['isQuantity("20")', 1n, 1n, 1],
  ['isQuantity("20M")', 1n, 1n, 1],
  ['quantity("200M") == quantity("200M")', 3n, 3n, 3],
  ['quantity("200M") == quantity("0.2G") && quantity("0.2G") == quantity("200M")', 3n, 6n, 6],
  [
    'quantity("2M") == quantity("0.002G") && quantity("2000k") == quantity("2M") && quantity("0.002G") == quantity("2000k")',
    3n,
    9n,
    9,
  ],
  ['quantity("50M").isLessThan(quantity("50Mi"))', 3n, 3n, 3],
  ['quantity("50Mi").isGreaterThan(quantity("50M"))', 3n, 3n, 3],
  ['quantity("200M").compareTo(quantity("0.2G")) > 0', 4n, 4n, 4],
  ['quantity("50k").add(quantity("20")) == quantity("50.02k")', 5n, 5n, 5],
  ['quantity("50k").sub(quantity("20")) == quantity("49.98k")', 5n, 5n, 5],
  ['quantity("50k").sub(20) == quantity("49980")', 4n, 4n, 4],
  ['quantity("50k").add(20).sub(quantity("100k")).asInteger() > 0', 6n, 6n, 6],
  ['quantity("50k").add(20).sub(quantity("100k")).sub(-50000).asInteger() > 0', 7n, 7n, 7],
  ['quantity("50k").asInteger() > 0', 3n, 3n, 3],
  ['quantity("50").isInteger()', 2n, 2n, 2],
  ['quantity("50.703k").asApproximateFloat() > 0.0', 3n, 3n, 3],
  ['format.named("dns1123subdomain")', 1n, 1n, 1],
  ['format.named("dns1123Subdomain").value().validate("my-name")', 34n, 34n, 17],
  ['format.named("dns1123Label").value().validate("my-name")', 34n, 34n, 10],
  ['format.named("dns1123Label").value() == format.named("dns1123Label").value()', 5n, 11n, 5],
  ['sets.contains([], [])', 21n, 21n, 21],
  ['sets.contains([1], [])', 21n, 21n, 21],
  ['sets.contains([1], [1])', 22n, 22n, 22],
  ['sets.contains([1], [1, 1])', 23n, 23n, 23],
  ['sets.contains([1, 1], [1])', 23n, 23n, 23],
  ['sets.contains([2, 1], [1])', 23n, 23n, 23],
  ['sets.contains([1, 2, 3, 4], [2, 3])', 29n, 29n, 29],
  ['!sets.contains([1], [2])', 23n, 23n, 23],
  ['!sets.contains([1], [1, 2])', 24n, 24n, 24],
  ['sets.equivalent([], [])', 21n, 21n, 21],
  ['sets.equivalent([1], [1])', 23n, 23n, 23],
  ['sets.equivalent([1], [1, 1])', 25n, 25n, 25],
  ['sets.equivalent([1, 1], [1])', 25n, 25n, 25],
  ['!sets.equivalent([2, 1], [1])', 26n, 26n, 26],
  ['!sets.equivalent([1], [1, 2])', 26n, 26n, 26],
  ['sets.intersects([1], [1])', 22n, 22n, 22],
  ['sets.intersects([1], [1, 1])', 23n, 23n, 23],
  ['sets.intersects([1, 1], [1])', 23n, 23n, 23],
  ['sets.intersects([2, 1], [1])', 23n, 23n, 23],
  ['sets.intersects([1], [1, 2])', 23n, 23n, 23],
  ['!sets.intersects([], [])', 22n, 22n, 22],
  ['!sets.intersects([1], [])', 22n, 22n, 22],
  ['!sets.intersects([1], [2])', 23n, 23n, 23],
  ['semver("1.0.0")', 1n, 1n, 1],
  ['semver("1234.56789012345.67890123456789")', 4n, 4n, 4],
  ['isSemver("1.0.0")', 1n, 1n, 1],
  ['isSemver("1234.56789012345.67890123456789")', 4n, 4n, 4],
  ['semver("1.2.3").major()', 2n, 2n, 2],
  ['semver("1.2.3").minor()', 2n, 2n, 2],
  ['semver("1.2.3").patch()', 2n, 2n, 2],
  ['semver("1.0.0").isLessThan(semver("1.1.0"))', 3n, 3n, 3],
  ['semver("1.1.0").isGreaterThan(semver("1.0.0"))', 3n, 3n, 3],
  ['semver("1.0.0").compareTo(semver("1.2.3"))', 3n, 3n, 3],
  ["{'a': 1, 'b': 2}.all(k, v, v > 0)", 37n, 41n, 41],
  ["{'a': 1, 'b': 2}.exists(k, v, v > 0)", 39n, 43n, 40],
  ["{'a': 1, 'b': 2}.existsOne(k, v, v > 0)", 38n, 40n, 40],
  ["{'a': 1, 'b': 2}.transformMap(k, v, v + 1)", 71n, 71n, 71],
  ["{'a': 1, 'b': 2}.transformMap(k, v, v < 5, v + 1)", 67n, 75n, 75],
  ["{'a': 1, 'b': 2}.transformMapEntry(k, v, {k: v + 1})", 131n, 131n, 131],
  ["{'a': 1, 'b': 2}.transformMapEntry(k, v, v < 5, {k: v + 1})", 67n, 135n, 135],
  ['[1, 2].all(i, v, v > 0)', 17n, 21n, 21],
  ['[1, 2].exists(i, v, v > 0)', 19n, 23n, 20],
  ['[1, 2].existsOne(i, v, v > 0)', 18n, 20n, 20],
  ['[1, 2].transformList(i, v, v + 1)', 49n, 49n, 49],
  ['[1, 2].transformList(i, v, v < 5, v + 1)', 27n, 53n, 53],
]

const env = newEnvironment({
  variables: { authorizer: authorizerType },
  functions: functionTable(jsonPatchLibrary),
  foldConstants: false,
})

test.each(cases)('%s is estimated at %s to %s and costs %s', (expr, min, max, cost) => {
  const program = env.compile(expr)
  if (program instanceof CompileFailure) throw new Error(program.message)
  // Elements of lists that no schema describes are taken to have 12 characters.
  const estimate = program.estimateCost((_path, type) => {
    const text = type.kind === 'string' || type.kind === 'bytes'
    return text ? { min: 0n, max: 12n } : undefined
  })
  expect(estimate).toEqual({ min, max })
  expect(program.evaluate(new Map([['authorizer', new AuthorizerValue(allow)]])).cost).toBe(cost)
})
