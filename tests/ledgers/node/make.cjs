// `node make.cjs knex|drizzle FOLDER DATABASE`: runs every step of a folder, as an application would.
const [tool, folder, database] = process.argv.slice(2);

async function withKnex() {
  const knex = require("knex")({
    client: "better-sqlite3",
    connection: { filename: database },
    useNullAsDefault: true,
    migrations: { directory: folder, loadExtensions: [".cjs"] },
  });
  await knex.migrate.latest();
  await knex.destroy();
}

function withDrizzle() {
  const Database = require("better-sqlite3");
  const { drizzle } = require("drizzle-orm/better-sqlite3");
  const { migrate } = require("drizzle-orm/better-sqlite3/migrator");
  const connection = new Database(database);
  migrate(drizzle(connection), { migrationsFolder: folder });
  connection.close();
}

const tools = { knex: withKnex, drizzle: withDrizzle };
Promise.resolve(tools[tool]()).catch((error) => {
  console.error(error);
  process.exit(1);
});
