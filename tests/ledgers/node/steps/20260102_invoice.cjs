exports.up = (knex) =>
  knex.schema.createTable("invoice", (table) => {
    table.increments("id");
    table.integer("customer_id").notNullable().references("id").inTable("customer").index();
    table.integer("cents").notNullable();
  });
exports.down = (knex) => knex.schema.dropTable("invoice");
