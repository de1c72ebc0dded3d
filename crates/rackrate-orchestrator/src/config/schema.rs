//! The keys of `rackrate.toml`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use rackrate_auth::source::SecretRef;
use rackrate_core::finding::Finding;
use rackrate_core::ids::{ClientName, ConnectionId};
use rackrate_core::money::Basis;
use rackrate_plan::guards::Guards;
use rackrate_plan::planner::{Environment, Role};
use rackrate_secrets::Settings;
use rackrate_secrets::aws::AwsSettings;
use rackrate_secrets::vault::VaultSettings;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use super::alerts::AlertsConfig;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The ledger. Default: `rackrate.db`.
    #[serde(default = "default_ledger")]
    pub ledger: PathBuf,
    /// The hotels. Default: `properties.csv`.
    #[serde(default = "default_properties")]
    pub properties: PathBuf,
    /// Our names against the vendors'. Default: `mapping.csv`.
    #[serde(default = "default_mapping")]
    pub mapping: PathBuf,
    /// A reference to the key that seals tokens in the ledger. Default: none; then a token
    /// lives no longer than the command that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal_key: Option<SecretRef>,
    /// Whether references of the form `exec:` may start programs. Default: no.
    #[serde(default)]
    pub allow_exec: bool,
    /// A reference to the key that signs the audit trail. Default: none; then the trail is
    /// a chain without signatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_key: Option<SecretRef>,
    /// Settings of `plan`.
    #[serde(default)]
    pub plan: PlanConfig,
    /// Settings of `apply`.
    #[serde(default)]
    pub apply: ApplyConfig,
    /// Limits that prices must keep.
    #[serde(default)]
    pub guards: Guards,
    /// Who is told that a credential failed. Default: standard error.
    #[serde(default)]
    pub alerts: AlertsConfig,
    /// Where HashiCorp Vault is, and as whom it is asked. Default: the environment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault: Option<VaultSettings>,
    /// Where AWS Secrets Manager is, and as whom it is asked. Default: the environment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<AwsSettings>,
    /// The apps that vendors registered for us, by name. Default: none; then each connection
    /// has secrets of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clients: BTreeMap<ClientName, ClientConfig>,
    /// The accounts.
    pub connections: BTreeMap<ConnectionId, ConnectionConfig>,
    /// What is odd about the file and stops nothing; no key.
    #[serde(skip)]
    pub oddities: Vec<Finding>,
}

impl Config {
    /// What it says about the places that secrets come from.
    pub fn places(&self) -> Settings {
        Settings {
            vault: self.vault.clone().unwrap_or_default(),
            aws: self.aws.clone().unwrap_or_default(),
            allow_exec: self.allow_exec,
        }
    }
}

/// Settings of `plan`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlanConfig {
    /// What was seen longer ago is read again. Default: one hour.
    #[serde(default = "default_max_age")]
    pub max_age: Span,
}

/// Settings of `apply`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApplyConfig {
    /// After this nothing new leaves. Default: 15 minutes.
    #[serde(default = "default_deadline")]
    pub deadline: Span,
    /// How long read-back is waited for after the last acceptance. Default: one minute.
    #[serde(default = "default_wait")]
    pub wait: Span,
    /// How long answers are waited for after Ctrl-C. Default: 30 seconds.
    #[serde(default = "default_grace")]
    pub grace: Span,
}

/// An app's registration at a vendor: what an account's grant is given to. Several
/// connections may share one.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    /// Who its vendor's authorization server says it is. Default: what the connections' own
    /// settings say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Url>,
    /// The page of the vendor where its secret is changed. Default: none; then nobody can be
    /// led there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal: Option<Url>,
    /// Who can change its secret, with a way to reach them. Default: nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The day on which its secret ends at the vendor. Default: not known; then nobody is
    /// warned before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<jiff::civil::Date>,
    /// Where a person's browser comes back to after consenting, exactly as registered at the
    /// vendor. Default: each connection's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<Url>,
    /// Whether the vendor lets an old and a new secret live side by side. Default: no, and
    /// then pushes are held while the secret is changed, which is safe with either kind.
    #[serde(default)]
    pub overlap: bool,
    /// References to its secrets, by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretRef>,
}

/// One account at one vendor.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionConfig {
    /// The vendor, by its name in the catalogue.
    pub vendor: String,
    /// Whether real guests see its prices.
    pub environment: Environment,
    /// Whether we write to it.
    pub role: Role,
    /// Whether its prices include tax.
    pub basis: Basis,
    /// The app that the account was given to, whose secrets and redirect it uses. Default:
    /// none; then it has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientName>,
    /// The connections whose systems feed it, where we only look: `verify` expects there
    /// what we wrote to those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fed_by: Vec<ConnectionId>,
    /// Where a person's browser comes back to after consenting, exactly as registered at the
    /// vendor. Default: a free port of this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<Url>,
    /// References to its secrets, by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretRef>,
    /// Its vendor's own settings.
    #[serde(default)]
    pub settings: toml::Table,
}

/// A span of time such as `90s`, `15m` or `1h 30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span: jiff::SignedDuration = text
            .parse()
            .map_err(|_| "it is not a span of time such as 90s, 15m or 1h".to_owned())?;
        Duration::try_from(span)
            .map(Self)
            .map_err(|_| "a span of time cannot be negative".to_owned())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = jiff::SignedDuration::try_from(self.0).unwrap_or(jiff::SignedDuration::MAX);
        write!(f, "{span:#}")
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Default for PlanConfig {
    fn default() -> Self {
        Self {
            max_age: default_max_age(),
        }
    }
}

impl Default for ApplyConfig {
    fn default() -> Self {
        Self {
            deadline: default_deadline(),
            wait: default_wait(),
            grace: default_grace(),
        }
    }
}

fn default_ledger() -> PathBuf {
    "rackrate.db".into()
}

fn default_properties() -> PathBuf {
    "properties.csv".into()
}

fn default_mapping() -> PathBuf {
    "mapping.csv".into()
}

fn default_max_age() -> Span {
    Span(Duration::from_secs(3600))
}

fn default_deadline() -> Span {
    Span(Duration::from_secs(15 * 60))
}

fn default_wait() -> Span {
    Span(Duration::from_secs(60))
}

fn default_grace() -> Span {
    Span(Duration::from_secs(30))
}
