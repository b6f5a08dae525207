// Writes answers as Parca's gateway gives them, in the JSON that protobuf defines, by the types of Parca's published client, for two pods of one
// service; and the names that the query of each request may have. `npm ci --ignore-scripts && node record.mjs DIR`
import { register } from 'node:module';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

register('./hooks.mjs', import.meta.url);
const parca = await import('@parca/client');
const folder = process.argv[2];

// Parca's gateway writes fields without a value, too.
const write = (name, type, message) =>
  writeFileSync(join(folder, name), type.toJsonString(type.create(message), { emitDefaultValues: true, prettySpaces: 1 }) + '\n');
const kind = (name, delta) =>
  ({ name, sampleType: name, sampleUnit: 'count', periodType: name, periodUnit: 'count', delta });
const unit = { type: 'goroutine', unit: 'count' };
const time = text => parca.Timestamp.fromJson(text);
const series = (pod, samples) => ({
  labelset: { labels: [['job', 'cart'], ['pod', pod], ['version', 'v3']].map(([name, value]) => ({ name, value })) },
  samples: samples.map(([at, value]) => ({ timestamp: time(at), value: BigInt(value), valuePerSecond: value, duration: 0n })),
  periodType: unit,
  sampleType: unit,
});

write('types.answer', parca.ProfileTypesResponse, { types: [kind('samples', true), kind('goroutine', false)] });
write('range.answer', parca.QueryRangeResponse, {
  series: [
    series('c-0', [['2026-12-01T10:00:00.250Z', 9], ['2026-12-01T10:01:00.500Z', 60]]),
    series('c-1', [['2026-12-01T10:01:01Z', 2]]),
  ],
});
for (const [pod, count] of [['c-0', 60], ['c-1', 2]]) {
  const pprof = new TextEncoder().encode(
    `goroutine profile: total ${count}\n${count} @ 0x1\n#\t0x1\tmain.send+0x1\t/srv/send.go:7\n`);
  write(`profile-${pod}.answer`, parca.QueryResponse, {
    report: { oneofKind: 'pprof', pprof }, total: BigInt(count), filtered: 0n,
  });
}

// The names of a request, as the gateway takes them in a query: of a message within, with a dot.
const names = type => type.fields.flatMap(field =>
  field.kind === 'message' && field.repeat === 0 && field.T().typeName.startsWith('parca.')
    ? field.T().fields.map(inner => `${field.name}.${inner.name}`)
    : [field.name]);
const words = of => Object.keys(of).filter(name => Number.isNaN(Number(name)));
writeFileSync(join(folder, 'range.request'), names(parca.QueryRangeRequest).join('\n') + '\n');
writeFileSync(join(folder, 'query.request'), [
  ...names(parca.QueryRequest),
  ...words(parca.QueryRequest_Mode).map(it => `mode=MODE_${it}`),
  ...words(parca.QueryRequest_ReportType).map(it => `report_type=REPORT_TYPE_${it}`),
].join('\n') + '\n');
