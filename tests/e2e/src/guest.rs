//! A guest who is planted into every answer of a vendor, and may come out nowhere.

use rackrate_simulator::serve::Guest;

/// What is looked for: no part of it means anything else.
pub const TEXTS: [&str; 6] = [
    "Plantine",
    "Gastmann",
    "plantine.gastmann+bar@guests.example",
    "+351 912 345 678",
    "351912345678",
    "4111111111111111",
];

/// The guest.
pub fn guest() -> Guest {
    let [first, last, mail, phone, _, card] = TEXTS;
    Guest {
        name: format!("{first} {last}"),
        mail: mail.to_owned(),
        phone: phone.to_owned(),
        card: card.to_owned(),
    }
}
