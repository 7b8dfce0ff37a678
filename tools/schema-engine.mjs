#!/usr/bin/env node
// Stands in for Prisma's native schema engine, which its CLI would otherwise download: the same
// JSON-RPC over stdin and stdout, answered by the WebAssembly build of the engine over `pg`.
// PostgreSQL only. prisma.config.ts points the CLI at this file.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import pg from 'pg';

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    datamodels: { type: 'string', multiple: true },
    datasource: { type: 'string' },
    'enabled-preview-features': { type: 'string', multiple: true },
    'extension-types': { type: 'string' },
    version: { type: 'boolean' },
  },
});
const datasource = values.datasource === undefined ? {} : JSON.parse(values.datasource);

if (values.version === true) {
  console.log('schema-engine-cli wasm');
} else if (positionals[0] === 'cli') {
  process.exitCode = await runDatabaseCommand(positionals[1]);
} else {
  await serve();
}

/** `can-connect-to-database`, `create-database`, `drop-database`: the exit code is the answer. */
async function runDatabaseCommand(command) {
  const url = new URL(datasource.url);
  const database = decodeURIComponent(url.pathname.slice(1));
  url.searchParams.delete('schema');
  if (command !== 'can-connect-to-database') url.pathname = '/postgres';

  const client = new pg.Client({ connectionString: url.toString() });
  try {
    await client.connect();
    const name = client.escapeIdentifier(database);
    if (command === 'create-database') {
      await client.query(`CREATE DATABASE ${name}`).catch((error) => {
        if (error.code !== '42P04') throw error;
      });
    }
    if (command === 'drop-database') await client.query(`DROP DATABASE IF EXISTS ${name}`);
    await client.end();
    return 0;
  } catch (error) {
    const codes = { '3D000': 'P1003', '28P01': 'P1000', ECONNREFUSED: 'P1001' };
    // The CLI reads the last line of stderr as a log record of the engine.
    const fields = {
      is_panic: false,
      error_code: codes[error.code] ?? 'P1010',
      message: error.message || `Cannot reach ${url.host}`,
    };
    const timestamp = new Date().toISOString();
    const target = 'schema_engine::logger';
    process.stderr.write(`\n${JSON.stringify({ timestamp, level: 'ERROR', fields, target })}\n`);
    return 1;
  }
}

/** Answers requests, one a line, until stdin ends. */
async function serve() {
  const { SchemaEngine } = await loadEngine();
  const { bindMigrationAwareSqlAdapterFactory } = await import('@prisma/driver-adapter-utils');
  const databases = await openDatabases();
  const models = values.datamodels?.map((file) => [file, readFileSync(file, 'utf8')]);

  let asked;
  // A panic inside WebAssembly escapes every promise. Unanswered, the CLI would end as if all were well.
  process.once('uncaughtException', (error) => {
    send({ id: asked, error: engineError(error) });
    process.exitCode = 101;
  });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const request = JSON.parse(line);
    if (request.method === undefined) continue;
    asked = request.id;
    const adapter = bindMigrationAwareSqlAdapterFactory(databases.factory);
    const engine = await SchemaEngine.new({ datamodels: models }, () => {}, adapter);
    const reply = await answer(engine, request).then(
      (result) => ({ result }),
      (error) => ({ error: engineError(error) }),
    );
    engine.free();
    // Before the reply, after which the CLI may end this process and leave a shadow database.
    await databases.disposeAll();
    send({ id: request.id, ...reply });
  }
}

async function answer(engine, { id, method, params = {} }) {
  if (method === 'evaluateDataLoss' || method === 'createMigration') {
    // Only this call fills the engine's picture of the migrations through the shadow database.
    const { migrationsList, filters } = params;
    await engine.devDiagnostic({ migrationsList, filters });
  }
  const result = await engine[method === 'getDatabaseVersion' ? 'version' : method](params);
  if (method !== 'diff') return result ?? null;
  // The native engine prints a diff by calling back; the WebAssembly one returns its text.
  if (result.stdout) send({ id: 90_000 + id, method: 'print', params: { content: result.stdout } });
  return { exitCode: result.exitCode, stdout: null };
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

function engineError(error) {
  const data = {
    is_panic: false,
    message: error.message ?? String(error),
    meta: error.meta ?? null,
    error_code: error.code ?? error.error_code ?? null,
  };
  return { code: 4466, message: 'An error happened. Check the data field for details.', data };
}

async function loadEngine() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (text) => console.error(text) };
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('@prisma/schema-engine-wasm'));
  const bindings = await import(join(folder, 'schema_engine_bg.js'));
  const code = readFileSync(join(folder, 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}

/** Prisma's adapter for `pg`, with what the schema engine needs beyond a client's needs. */
async function openDatabases() {
  const { PrismaPg } = await import('@prisma/adapter-pg');
  const { ColumnTypeEnum: type } = await import('@prisma/driver-adapter-utils');
  // The adapter refuses "char" and "name" columns, which the engine reads from the catalogue.
  const columnTypes = {
    16: type.Boolean,
    17: type.Bytes,
    18: type.Character,
    20: type.Int64,
    21: type.Int32,
    23: type.Int32,
    26: type.Int64,
    114: type.Json,
    700: type.Float,
    701: type.Double,
    1002: type.CharacterArray,
    1003: type.TextArray,
    1005: type.Int32Array,
    1007: type.Int32Array,
    1009: type.TextArray,
    1016: type.Int64Array,
    1028: type.Int64Array,
    1082: type.Date,
    1114: type.DateTime,
    1184: type.DateTime,
    1700: type.Numeric,
    2950: type.Uuid,
    3802: type.Json,
  };
  const open = new Set();

  function adapt(queryable) {
    queryable.queryRaw = async (query) => {
      const { fields, rows } = await queryable.performIO(query);
      return {
        columnNames: fields.map((field) => field.name),
        columnTypes: fields.map((field) => columnTypes[field.dataTypeID] ?? type.Text),
        rows,
      };
    };
    return queryable;
  }

  function adaptConnection(connection) {
    const start = connection.startTransaction.bind(connection);
    connection.startTransaction = async (level) => adapt(await start(level));
    // Sent whole: the adapter would split at semicolons, inside function bodies too.
    connection.executeScript = async (script) => {
      await connection.client.query(script).catch((error) => connection.onError(error));
    };
    open.add(connection);
    return adapt(connection);
  }

  class Databases extends PrismaPg {
    async connect() {
      return adaptConnection(await super.connect());
    }

    async connectToShadowDb() {
      if (datasource.shadowDatabaseUrl !== undefined) {
        return adaptConnection(await connectTo(datasource.shadowDatabaseUrl));
      }
      const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
      const admin = new pg.Client({ connectionString: datasource.url });
      await admin.connect();
      await admin.query(`CREATE DATABASE "${name}"`);

      const shadowUrl = new URL(datasource.url);
      shadowUrl.pathname = `/${name}`;
      const shadow = adaptConnection(await connectTo(shadowUrl.toString()));
      const close = shadow.dispose.bind(shadow);
      let closing;
      const closeAndDrop = async () => {
        await close();
        await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
        await admin.end();
      };
      shadow.dispose = () => (closing ??= closeAndDrop());
      return shadow;
    }
  }

  function connectTo(connectionString) {
    return new PrismaPg({ connectionString }).connect();
  }

  const url = datasource.url ?? 'postgresql://127.0.0.1:1/none';
  const schema = new URL(url).searchParams.get('schema') ?? undefined;
  return {
    factory: new Databases({ connectionString: url, max: 1 }, { schema }),
    disposeAll: async () => {
      for (const connection of open) await connection.dispose().catch(() => {});
      open.clear();
    },
  };
}
