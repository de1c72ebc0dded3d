//! For each clause an adapter that breaks it, and is found out.

use rackrate_conformance::{CLAUSES, Outcome, Vendor};
use rackrate_core::adapter::Adapter;
use rackrate_core::simulator::SimulatorSetup;
use rackrate_generic::{Config, Generic, simulator};

use crate::consented::by_consent;
use crate::sample::vendor;
use crate::sloppy::{Fault, Sloppy};

/// The sample with an adapter of that fault.
macro_rules! with {
    ($fault:ident) => {
        with!($fault of vendor())
    };
    ($fault:ident of $vendor:expr) => {{
        fn build(config: &str) -> Result<Box<dyn Adapter>, String> {
            let config: Config = serde_json::from_str(config).map_err(|error| error.to_string())?;
            let inner = Generic::new(config).map_err(|error| error.to_string())?;
            Ok(Box::new(Sloppy::new(inner, Fault::$fault)))
        }
        Vendor { build, ..$vendor }
    }};
}

macro_rules! found_out {
    ($($name:ident: $fault:ident breaks $id:literal;)*) => {$(
        #[test]
        fn $name() {
            let said = check($id, &with!($fault));
            assert!(matches!(said, Outcome::Broken(_)), "{said:?}");
        }
    )*};
}

#[test]
fn a_refresh_token_that_goes_astray() {
    let kept = check("A5", &by_consent());
    assert_eq!(kept, Outcome::Kept);
    for (vendor, place) in [
        (with!(RefreshTokenInTheAddress of by_consent()), "address"),
        (with!(RefreshTokenWithACall of by_consent()), "header"),
    ] {
        let said = check("A5", &vendor);
        assert!(
            matches!(&said, Outcome::Broken(text) if text.contains(place)),
            "{said:?}"
        );
    }
}

fn check(id: &str, vendor: &Vendor) -> Outcome {
    CLAUSES
        .iter()
        .find(|clause| clause.id == id)
        .unwrap()
        .check(vendor)
}

found_out! {
    a_request_to_another_address: GoesElsewhere breaks "A1";
    a_secret_in_the_address: SecretInTheAddress breaks "A2";
    a_token_sent_for_a_token: TokenForATokenRequest breaks "A3";
    a_token_request_without_secrets: SecretsNotNeeded breaks "A4";
    a_chunk_cut_to_fit: BuildsTooLarge breaks "S1";
    an_empty_push: BuildsEmpty breaks "S2";
    a_lost_row: LosesTheLastRow breaks "S3";
    a_doubled_row: DoublesARow breaks "S3";
    a_poll_that_writes: WritesWithAPoll breaks "S4";
    a_good_answer_not_understood: UnderstandsNothing breaks "P1";
    a_status_believed: BelievesGoodStatus breaks "P2";
    a_cut_body_believed: BelievesAnyBody breaks "P3";
    a_body_believed: BelievesAnyStatus breaks "P5";
    a_lost_answer_called_refused: CallsAllRefused breaks "P6";
    an_amount_off_by_a_cent: WritesThroughFloats breaks "M1";
    an_amount_made_up: RoundsWhatItReads breaks "M2";
    a_circle_of_pages: ReadsTheFirstPageForEver breaks "R1";
    a_page_left_out: ReadsOnePage breaks "R2";
    a_computed_price_passed_over: LosesAComputedPrice breaks "R2";
    half_a_page_told: TellsHalfAPage breaks "R3";
    an_unknown_state_taken_for_done: UnknownStateIsDone breaks "J1";
    a_key_on_a_read: KeyOnReads breaks "I1";
    a_key_added_to_another: KeyIsAdded breaks "I1";
    a_key_left_out: KeyIsLeftOut breaks "I1";
    a_write_without_its_key: KeyIsLeftOut breaks "I2";
    nothing_charged: ChargesNothing breaks "L1";
    a_wait_forgotten: ForgetsTheWait breaks "L2";
    a_price_written_for_everybody: WritesForEverybody breaks "T4";
    an_allowance_of_a_hotel_counted_by_plan: CountsByPlan breaks "L4";
    an_allowance_of_a_hotel_counted_for_all: CountsAllHotelsTogether breaks "L5";
    a_price_changed_on_the_way: PricesOffByOne breaks "V1";
    a_revoked_token_not_seen: TakesARevokedTokenForAList breaks "V2";
}

#[test]
#[should_panic(expected = "is_object")]
fn a_parser_that_panics() {
    check("P4", &with!(PanicsOnAnOddAnswer));
}

#[test]
fn a_simulator_that_forgets() {
    let mut vendor = vendor();
    if let Some(stage) = &mut vendor.stage {
        stage.build = |setup| {
            simulator::new(SimulatorSetup {
                saved: None,
                ..setup
            })
        };
    }
    assert!(matches!(check("V3", &vendor), Outcome::Broken(_)));
}

#[test]
fn settings_taken_without_a_look() {
    fn build(_: &str) -> Result<Box<dyn Adapter>, String> {
        (vendor().build)(&vendor().config)
    }
    let vendor = Vendor { build, ..vendor() };
    for id in ["C1", "C2"] {
        assert!(matches!(check(id, &vendor), Outcome::Broken(_)), "{id}");
    }
}

#[test]
fn what_a_vendor_does_not_have_is_said_and_not_counted() {
    let vendor = Vendor {
        stage: None,
        job: None,
        job_state: None,
        first_pages: Vec::new(),
        golden: Vec::new(),
        chunks: Vec::new(),
        ..vendor()
    };
    for id in [
        "P1", "P3", "S3", "R1", "R2", "J1", "I2", "T4", "L4", "L5", "V1", "V3",
    ] {
        assert!(
            matches!(check(id, &vendor), Outcome::NotApplicable(_)),
            "{id}"
        );
    }
}
