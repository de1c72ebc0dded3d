//! What the signing library needs of the outside: variables, files, HTTP.
//!
//! Invariant: its errors go no further than this folder, because they may quote answers.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use rackrate_web::is_near;
use reqsign_core::{Context, Env, Error, FileRead, HttpSend};

use crate::env::Environment;
use crate::file::Files;
use crate::web::Web;

/// The machine's metadata answers at once where there is any; elsewhere nobody does.
const METADATA: Duration = Duration::from_secs(2);

/// The variables that are asked for; of a whole environment only these are handed on.
const VARIABLES: [&str; 16] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
];

pub(super) fn context(environment: Environment, web: Web) -> Context {
    Context::new()
        .with_env(Variables(environment))
        .with_file_read(Disk)
        .with_http_send(Sender(web))
}

#[derive(Debug)]
struct Variables(Environment);

#[expect(
    clippy::disallowed_types,
    reason = "the library's trait wants one; it is only looked up in"
)]
impl Env for Variables {
    fn var(&self, name: &str) -> Option<String> {
        self.0.setting(name)
    }

    fn vars(&self) -> std::collections::HashMap<String, String> {
        let pair = |name: &&str| Some(((*name).to_owned(), self.0.setting(name)?));
        VARIABLES.iter().filter_map(pair).collect()
    }

    fn home_dir(&self) -> Option<PathBuf> {
        self.0.setting("HOME").map(PathBuf::from)
    }
}

#[derive(Debug)]
struct Disk;

impl FileRead for Disk {
    async fn file_read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let read = Files::below("").whole(Path::new(path)).await;
        let whole = read.map_err(|error| Error::config_invalid(error.to_string()))?;
        Ok(whole.as_slice().to_vec())
    }
}

struct Sender(Web);

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl HttpSend for Sender {
    async fn http_send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, Error> {
        let url = request.uri().to_string().parse();
        let near = url.is_ok_and(|url| is_near(&url));
        let sent = self.0.send(request);
        let answer = match near {
            true => tokio::time::timeout(METADATA, sent)
                .await
                .map_err(|_| silent())?,
            false => sent.await,
        };
        let answer = answer.map_err(|error| Error::unexpected(error.to_string()))?;
        let body = Bytes::copy_from_slice(answer.body.as_slice());
        let mut response = http::Response::new(body);
        *response.status_mut() = answer.status;
        Ok(response)
    }
}

fn silent() -> Error {
    Error::unexpected("nobody answers at the metadata's address")
}
