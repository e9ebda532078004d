//! A shop's customers, products, invoices, lines and notes as values, from one seed.
//! The same seed and size give the same rows; there is no SQL here and no I/O.

use fastrand::Rng;

/// How many rows of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Customers.
    pub customers: u32,
    /// Products.
    pub products: u32,
    /// Invoices; each has one to nine lines.
    pub invoices: u32,
    /// Notes.
    pub notes: u32,
    /// Bytes of the scan that a note carries.
    pub scan_bytes: u32,
}

impl Size {
    /// A shop of a few hundred kilobytes: for tests.
    pub const SMALL: Self = Self { customers: 120, products: 60, invoices: 600, notes: 80, scan_bytes: 800 };
    /// A shop of about 12 MB: for the demonstration.
    pub const DEMO: Self =
        Self { customers: 4_000, products: 400, invoices: 20_000, notes: 2_000, scan_bytes: 2_500 };

    /// A shop of roughly so many bytes, in the proportions of a real one: lines outnumber all else.
    #[must_use]
    pub fn of_bytes(bytes: u64) -> Self {
        let unit = u32::try_from(bytes / 2_700).unwrap_or(u32::MAX).max(1);
        Self {
            customers: unit / 7 + 1,
            products: unit / 80 + 1,
            invoices: unit,
            notes: unit * 3 / 5,
            scan_bytes: 2_500,
        }
    }
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Key, from 1.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Unique address.
    pub email: String,
    /// City.
    pub city: String,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Key, from 1.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Price in cents.
    pub price_cents: i64,
}

/// An invoice with its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Key, from 1.
    pub id: i64,
    /// Key of the customer.
    pub customer_id: i64,
    /// Date as `YYYY-MM-DD`.
    pub issued_on: String,
    /// Sum of the lines in cents.
    pub total_cents: i64,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Key of the product.
    pub product_id: i64,
    /// Pieces.
    pub quantity: i64,
    /// Price of a piece in cents.
    pub price_cents: i64,
    /// What is printed.
    pub label: String,
}

/// A note about a customer, with a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Key, from 1.
    pub id: i64,
    /// Key of the customer; a few notes have none.
    pub customer_id: Option<i64>,
    /// Text.
    pub body: String,
    /// Bytes that do not compress.
    pub scan: Vec<u8>,
}

/// The generator.
#[derive(Debug, Clone)]
pub struct Shop {
    rng: Rng,
    size: Size,
}

const FIRST: [&str; 12] = [
    "Ada", "Bruno", "Chloé", "Dmitri", "Eilis", "Farid", "Grace", "Håkon", "Ines", "Jürgen", "Keiko",
    "Łukasz",
];
const LAST: [&str; 10] =
    ["Abel", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Horvat", "Iwasaki", "O'Neill"];
const CITY: [&str; 8] = ["Bern", "Córdoba", "Graz", "Kraków", "Lyon", "Malmö", "Porto", "Zürich"];
const THING: [&str; 10] =
    ["lamp", "kettle", "chair", "shelf", "clock", "mirror", "basket", "candle", "ladder", "bench"];

impl Shop {
    /// A shop from a seed.
    #[must_use]
    pub fn new(seed: u64, size: Size) -> Self {
        Self { rng: Rng::with_seed(seed), size }
    }

    /// The customers.
    pub fn customers(&mut self) -> impl Iterator<Item = Customer> + '_ {
        (1..=i64::from(self.size.customers)).map(|id| Customer {
            id,
            name: format!(
                "{} {}",
                self.rng.choice(FIRST).unwrap_or("Ada"),
                self.rng.choice(LAST).unwrap_or("Abel")
            ),
            email: format!("customer{id}@example.test"),
            city: self.rng.choice(CITY).unwrap_or("Bern").to_owned(),
        })
    }

    /// The products.
    pub fn products(&mut self) -> impl Iterator<Item = Product> + '_ {
        (1..=i64::from(self.size.products)).map(|id| Product {
            id,
            name: format!("{} no. {id}", self.rng.choice(THING).unwrap_or("lamp")),
            price_cents: self.rng.i64(50..50_000),
        })
    }

    /// The invoices.
    pub fn invoices(&mut self) -> impl Iterator<Item = Invoice> + '_ {
        (1..=i64::from(self.size.invoices)).map(|id| self.invoice(id))
    }

    /// One invoice with the given key.
    pub fn invoice(&mut self, id: i64) -> Invoice {
        let lines: Vec<Line> = (0..self.rng.u8(1..=9)).map(|_| self.line()).collect();
        Invoice {
            id,
            customer_id: self.rng.i64(1..=i64::from(self.size.customers)),
            issued_on: format!("2026-{:02}-{:02}", self.rng.u8(1..=12), self.rng.u8(1..=28)),
            total_cents: lines.iter().map(|line| line.quantity * line.price_cents).sum(),
            lines,
        }
    }

    fn line(&mut self) -> Line {
        let product_id = self.rng.i64(1..=i64::from(self.size.products));
        Line {
            product_id,
            quantity: self.rng.i64(1..=12),
            price_cents: self.rng.i64(50..50_000),
            label: format!("{} no. {product_id}", self.rng.choice(THING).unwrap_or("lamp")),
        }
    }

    /// The notes.
    pub fn notes(&mut self) -> impl Iterator<Item = Note> + '_ {
        (1..=i64::from(self.size.notes)).map(|id| {
            let mut scan = vec![0; self.size.scan_bytes as usize];
            self.rng.fill(&mut scan);
            let customer = self.rng.i64(1..=i64::from(self.size.customers));
            Note {
                id,
                customer_id: (self.rng.u8(0..20) > 0).then_some(customer),
                body: format!("Called about order {id}; wants delivery on a weekday. ").repeat(6),
                scan,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_shop_and_the_books_agree() {
        let shop = || Shop::new(7, Size::SMALL);
        let invoices: Vec<_> = shop().invoices().collect();
        assert_eq!(invoices, shop().invoices().collect::<Vec<_>>());
        assert_ne!(invoices, Shop::new(8, Size::SMALL).invoices().collect::<Vec<_>>());
        for invoice in invoices {
            let sum: i64 = invoice.lines.iter().map(|l| l.quantity * l.price_cents).sum();
            assert_eq!(sum, invoice.total_cents);
        }
    }
}
