// The floors of the design: a package imports only those below it. One list, from which the rules follow.
const floors = {
  api: [],
  'component-base': [],
  apimachinery: ['api'],
  cel: ['api', 'apimachinery'],
  storage: ['component-base'],
  client: ['api', 'component-base', 'apimachinery'],
  'component-helpers': ['api', 'apimachinery'],
  apiserver: ['api', 'component-base', 'apimachinery', 'cel', 'storage', 'component-helpers'],
}
const component = ['api', 'component-base', 'apimachinery', 'client', 'component-helpers']
for (const name of ['controller-manager', 'scheduler', 'node-agent', 'service-router']) floors[name] = component
floors.cluster = [
  ...component,
  'cel',
  'storage',
  'apiserver',
  'controller-manager',
  'scheduler',
  'node-agent',
  'service-router',
]
floors.cli = ['api', 'apimachinery', 'client', 'component-base', 'cluster']

const rule = ([name, below]) => ({
  name: `${name}-imports-only-what-is-below-it`,
  severity: 'error',
  from: { path: `^packages/${name}/src/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...below].join('|')})/` },
})

module.exports = {
  forbidden: [
    ...Object.entries(floors).map(rule),
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
  },
}
