//! `aws-sm:NAME#FIELD`: AWS Secrets Manager, by one signed call.
//!
//! What is read is never kept. Credentials are, by the signing library, until two minutes
//! before they end; when AWS does not take them any more, they are looked for once again.
//! The library holds them as plain strings, which nobody wipes.

mod answer;
mod identity;
mod settings;
mod surroundings;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use rackrate_auth::source::AwsRef;
use rackrate_core::secret::Secret;
use reqsign_aws_v4::{Credential, RequestSigner};
use reqsign_core::Signer;
use reqsign_core::hash::hex_sha256;
use tokio::sync::OnceCell;

use self::answer::Refusal;
use self::identity::Identity;
pub use self::settings::{AwsSettings, Region};
use crate::env::Environment;
use crate::web::Web;
use crate::{ErrorKind, SecretError, SecretSource};

/// Asks AWS Secrets Manager.
#[derive(Debug)]
pub struct Aws {
    settings: AwsSettings,
    environment: Environment,
    deadline: Duration,
    web: OnceCell<Web>,
    signer: Mutex<Option<Signer<Credential>>>,
}

impl Aws {
    /// A source that is asked for nothing yet. Each exchange ends within `deadline`.
    pub fn new(settings: AwsSettings, environment: Environment, deadline: Duration) -> Self {
        Self {
            settings,
            environment,
            deadline,
            web: OnceCell::new(),
            signer: Mutex::new(None),
        }
    }

    async fn get(&self, place: &AwsRef) -> Result<Secret, Refusal> {
        let region = self.region(place)?;
        let web = self.web.get_or_try_init(|| self.clients()).await?;
        let (mut head, body) = self.request(place, &region)?.into_parts();
        let signed = self.signer(web, &region).sign(&mut head, None).await;
        signed.map_err(|error| unsigned(&error))?;
        // The client writes the same one from the address.
        head.headers.remove(HOST);
        let request = http::Request::from_parts(head, body);
        answer::read(&web.send(request).await?, place.field.as_deref())
    }

    fn request(
        &self,
        place: &AwsRef,
        region: &Region,
    ) -> Result<http::Request<Bytes>, SecretError> {
        let address = match &self.settings.endpoint {
            Some(endpoint) => endpoint.with([]).to_string(),
            None => region.endpoint(),
        };
        let body = Bytes::from(serde_json::json!({ "SecretId": place.name }).to_string());
        let request = http::Request::post(address)
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", "secretsmanager.GetSecretValue")
            // Without it the body would be left out of the signature, which only S3 takes.
            .header("x-amz-content-sha256", hex_sha256(&body))
            .body(body);
        request.map_err(|_| {
            let message = "the request to AWS cannot be written";
            SecretError::new(ErrorKind::Misconfigured, message, "Check the endpoint.")
        })
    }

    fn region(&self, place: &AwsRef) -> Result<Region, SecretError> {
        let wrong = |message: String| {
            let hint = "Set `region` in the configuration's [aws], or AWS_REGION.";
            SecretError::new(ErrorKind::Misconfigured, message, hint)
        };
        if let Some(region) = Region::of_arn(&place.name).or(self.settings.region.clone()) {
            return Ok(region);
        }
        let from = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        let set = from
            .iter()
            .find_map(|name| Some((*name, self.environment.setting(name)?)));
        match set {
            Some((name, text)) => text.parse().map_err(|e| wrong(format!("{name}: {e}"))),
            None => Err(wrong(
                "nothing says in which region the secret is".to_owned(),
            )),
        }
    }

    /// A signer for the region; all share one set of credentials.
    fn signer(&self, web: &Web, region: &Region) -> Signer<Credential> {
        let requests =
            RequestSigner::new("secretsmanager", region.as_str()).with_standard_session_token();
        let mut kept = self.kept();
        match &*kept {
            Some(signer) => signer.clone().with_request_signer(requests),
            None => {
                let context = surroundings::context(self.environment.clone(), web.clone());
                let identity = Identity::new(self.settings.profile.clone(), region);
                let signer = Signer::new(context, identity, requests);
                kept.insert(signer).clone()
            }
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Signer<Credential>>> {
        self.signer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn clients(&self) -> Result<Web, SecretError> {
        Web::new(None, self.deadline)
    }
}

#[async_trait]
impl SecretSource for Aws {
    type Place = AwsRef;

    async fn fetch(&self, place: &AwsRef) -> Result<Secret, SecretError> {
        let got = match self.get(place).await {
            Err(Refusal { stale: true, .. }) => {
                *self.kept() = None;
                self.get(place).await
            }
            got => got,
        };
        got.map_err(|refusal| refusal.error)
    }
}

/// There are no credentials to sign with. The texts are ours, made in [`identity`], except
/// for the one of the library that says that it found none.
fn unsigned(error: &reqsign_core::Error) -> SecretError {
    let hint = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the pod or machine a role.";
    let (kind, message) = match (error.kind(), error.to_string()) {
        (_, text) if text.starts_with("failed to load") => (
            ErrorKind::Misconfigured,
            "there are no AWS credentials: none in the environment, a profile or a web identity, and no container or machine with a role".to_owned(),
        ),
        (reqsign_core::ErrorKind::ConfigInvalid, text) => (ErrorKind::Misconfigured, text),
        (_, text) if error.is_retryable() => (ErrorKind::Unavailable, text),
        (_, text) => (ErrorKind::Refused, text),
    };
    SecretError::new(kind, format!("AWS: {message}"), hint)
}

#[cfg(test)]
mod tests;
