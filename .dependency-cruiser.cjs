// Imports point one way (docs/architecture.md). tools/check.ts runs it and also checks that every source file was looked at;
// test/house/imports.test.ts plants a violation of each rule.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    { name: 'contracts-import-nothing-of-ours', severity: 'error', from: { path: '^libs/contracts/' }, to: { path: '^(libs/(?!contracts/)|apps/|test/|tools/|bench/)' } },
    { name: 'errors-import-contracts-only', severity: 'error', from: { path: '^libs/errors/' }, to: { path: '^(libs/(?!contracts/|errors/)|apps/)' } },
    { name: 'libs-know-no-app', severity: 'error', from: { path: '^libs/' }, to: { path: '^(apps|test|tools|bench)/' } },
    { name: 'nobody-imports-an-app', comment: 'Only the all-in-one wires all five into one process.', severity: 'error', from: { path: '^apps/([^/]+)/', pathNot: '^apps/all-in-one/' }, to: { path: '^apps/', pathNot: '^apps/$1/' } },
    { name: 'web-imports-contracts-only', severity: 'error', from: { path: '^apps/clc/web/' }, to: { path: '^(libs/(?!contracts/)|apps/(?!clc/web/))' } },
    { name: 'clc-does-not-import-its-web', severity: 'error', from: { path: '^apps/clc/src/' }, to: { path: '^apps/clc/web/' } },
    { name: 'one-door-per-lib', comment: 'Apps and libs. `stock-tests.ts` and `stock-model.ts` are doors of libs/saga for specs.', severity: 'error', from: { path: '^(libs/[^/]+|apps)/' }, to: { path: '^libs/[^/]+/src/(?!index\\.ts$|stock-(tests|model)\\.ts$)', pathNot: ['^$1/'] } },
    { name: 'one-door-per-lib-also-for-tests', comment: 'One exception: the test that compares our C structs with those of a compiler.', severity: 'error', from: { path: '^(test|tools|bench)/', pathNot: '^test/integration/libvirt-binding\\.test\\.ts$' }, to: { path: '^libs/[^/]+/src/(?!index\\.ts$|stock-(tests|model)\\.ts$)' } },
    { name: 'no-relative-way-out-of-a-workspace', severity: 'error', from: { path: '^(libs/[^/]+|apps/(?:clc/web|[^/]+))/' }, to: { dependencyTypes: ['local'], pathNot: ['^$1/'] } },
    { name: 'commands-know-no-transport', severity: 'error', from: { path: '^apps/[^/]+/src/commands/', pathNot: '\\.spec\\.ts$' }, to: { path: '^(node_modules/(express|amqplib|typeorm|ws|ioredis)|apps/[^/]+/src/(routes|main\\.ts|process\\.ts))' } },
    { name: 'commands-know-interfaces-of-drivers', severity: 'error', from: { path: '^apps/[^/]+/src/commands/', pathNot: '\\.spec\\.ts$' }, to: { path: '^apps/[^/]+/src/drivers/(?!.*interface\\.ts$)' } },
    { name: 'store-and-drivers-import-no-command', severity: 'error', from: { path: '^apps/[^/]+/src/(store|drivers|neighbours)/' }, to: { path: '^apps/[^/]+/src/(commands|routes|status)/' } },
    { name: 'sql-only-in-store', severity: 'error', from: { path: '^apps/clc/src/', pathNot: '^apps/clc/src/(store|main\\.ts)' }, to: { path: '^(node_modules/(typeorm|mysql2|libsql)|libs/database)' } },
    { name: 'amqp-only-in-bus', severity: 'error', from: { pathNot: '^(libs/bus|test|tools|bench)/' }, to: { path: '^node_modules/(amqplib|smqp)' } },
    { name: 'redis-only-in-progress', severity: 'error', from: { pathNot: '^(libs/progress|test|tools|bench)/' }, to: { path: '^node_modules/ioredis' } },
    { name: 'koffi-only-in-bindings', severity: 'error', from: { pathNot: '^libs/(libvirt|sdnotify)/' }, to: { path: '^node_modules/koffi' } },
    { name: 'production-does-not-import-tests', severity: 'error', from: { path: '^(apps|libs)/', pathNot: '\\.(spec|test)\\.tsx?$|stock-(tests|model)' }, to: { path: '^(test|bench)/' } },
    { name: 'model-runs-for-tests-alone', severity: 'error', from: { path: '^(apps|libs/(?!model-runs/))', pathNot: '\\.spec\\.tsx?$|stock-(tests|model)' }, to: { path: '^libs/model-runs/' } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules/@types|\\.cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'], extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.css'] },
  },
};
