exports.up = (knex) =>
  knex.schema.createTable("customer", (table) => {
    table.increments("id");
    table.string("name").notNullable();
  });
exports.down = (knex) => knex.schema.dropTable("customer");
