//! As whom AWS is asked.
//!
//! Of the sources in their order the first that is there is taken. One that is there and
//! fails ends the search, other than in the library's own chain: else a broken role would
//! silently become another one. Profiles that start a program, or a browser, are left out.
//!
//! Invariant: an error names the source and AWS's code, and quotes no answer.

use reqsign_aws_v4::{
    AssumeRoleWithWebIdentityCredentialProvider, Credential, ECSCredentialProvider,
    EnvCredentialProvider, IMDSv2CredentialProvider, ProfileCredentialProvider,
};
use reqsign_core::{Context, Error, ErrorKind, ProvideCredential, ProvideCredentialDyn, Result};

use super::settings::Region;

/// The sources of credentials.
#[derive(Debug)]
pub(super) struct Identity {
    profile: Option<String>,
    web_identity: AssumeRoleWithWebIdentityCredentialProvider,
    machine: IMDSv2CredentialProvider,
}

impl Identity {
    /// That of a profile and nothing else, or the first that is there. Roles are taken on in
    /// that region.
    pub(super) fn new(profile: Option<String>, region: &Region) -> Self {
        let web_identity = AssumeRoleWithWebIdentityCredentialProvider::new()
            .with_region(region.to_string())
            .with_regional_sts_endpoint();
        Self {
            profile,
            web_identity,
            machine: IMDSv2CredentialProvider::new(),
        }
    }

    async fn of_machine(&self, context: &Context) -> Result<Option<Credential>> {
        match self.machine.provide_credential(context).await {
            // Elsewhere than on such a machine nobody answers.
            Err(error) if error.is_retryable() => Ok(None),
            other => other.map_err(|error| named("the machine's role", &error)),
        }
    }
}

impl ProvideCredential for Identity {
    type Credential = Credential;

    async fn provide_credential(&self, context: &Context) -> Result<Option<Credential>> {
        let profile = ProfileCredentialProvider::new();
        if let Some(name) = &self.profile {
            let of_profile = profile.with_profile(name).provide_credential(context).await;
            return of_profile.map_err(|error| named("the profile", &error));
        }
        let sources: [(_, &dyn ProvideCredentialDyn<Credential = Credential>); 4] = [
            ("the environment", &EnvCredentialProvider::new()),
            ("the profile", &profile),
            ("the web identity", &self.web_identity),
            ("the container's role", &ECSCredentialProvider::new()),
        ];
        for (what, source) in sources {
            let found = source.provide_credential_dyn(context).await;
            if let Some(credential) = found.map_err(|error| named(what, &error))? {
                return Ok(Some(credential));
            }
        }
        self.of_machine(context).await
    }
}

/// The error without its text.
fn named(what: &str, error: &Error) -> Error {
    let trouble = match error.kind() {
        ErrorKind::PermissionDenied => "is not allowed",
        ErrorKind::CredentialInvalid => "is invalid or expired",
        ErrorKind::ConfigInvalid => "is not set up rightly",
        _ => "cannot be asked now",
    };
    let code = |part: &String| Some(format!(" ({})", part.strip_prefix("error_code: ")?));
    let code = error.context().iter().find_map(code).unwrap_or_default();
    Error::new(error.kind(), format!("{what} {trouble}{code}")).set_retryable(error.is_retryable())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use reqsign_core::{Env, FileRead, HttpSend};

    use super::*;

    /// What a pod with a role has around it: variables, a token, and AWS's login service.
    #[derive(Clone, Debug)]
    struct Pod {
        answer: (u16, &'static str),
        asked: Arc<Mutex<Vec<(String, String)>>>,
    }

    #[expect(clippy::disallowed_types, reason = "the library's trait wants one")]
    impl Env for Pod {
        fn var(&self, name: &str) -> Option<String> {
            self.vars().get(name).cloned()
        }

        fn vars(&self) -> std::collections::HashMap<String, String> {
            let pairs = [
                ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/hotels"),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token"),
            ];
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        }

        fn home_dir(&self) -> Option<std::path::PathBuf> {
            None
        }
    }

    impl FileRead for Pod {
        async fn file_read(&self, path: &str) -> Result<Vec<u8>> {
            match path {
                "/var/run/token" => Ok(b"ey.MARKER\n".to_vec()),
                _ => Err(Error::config_invalid("no such file")),
            }
        }
    }

    impl HttpSend for Pod {
        async fn http_send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>> {
            let body = String::from_utf8_lossy(request.body()).into_owned();
            let asked = (request.uri().to_string(), body);
            self.asked.lock().unwrap().push(asked);
            let mut response = http::Response::new(Bytes::from_static(self.answer.1.as_bytes()));
            *response.status_mut() = self.answer.0.try_into().unwrap();
            Ok(response)
        }
    }

    async fn found(status: u16, answer: &'static str) -> (Result<Option<Credential>>, Pod) {
        let pod = Pod {
            answer: (status, answer),
            asked: Arc::default(),
        };
        let context = Context::new()
            .with_env(pod.clone())
            .with_file_read(pod.clone())
            .with_http_send(pod.clone());
        let identity = Identity::new(None, &"eu-west-1".parse().unwrap());
        (identity.provide_credential(&context).await, pod)
    }

    #[tokio::test]
    async fn a_pod_takes_on_its_role_in_the_region() {
        let answer = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIDPOD</AccessKeyId><SecretAccessKey>k</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
        let (found, pod) = found(200, answer).await;
        assert_eq!(found.unwrap().unwrap().access_key_id, "AKIDPOD");
        let asked = pod.asked.lock().unwrap();
        let [(address, body)] = asked.as_slice() else {
            panic!("{asked:?}");
        };
        assert_eq!(address, "https://sts.eu-west-1.amazonaws.com/");
        assert!(body.contains("WebIdentityToken=ey.MARKER&"), "{body}");
    }

    #[tokio::test]
    async fn a_role_that_is_refused_is_told_by_its_code_and_ends_the_search() {
        let answer = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>ey.MARKER</Message></Error></ErrorResponse>";
        let (found, pod) = found(403, answer).await;
        let error = found.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the web identity is not allowed (AccessDenied)"
        );
        assert!(!format!("{error:?}").contains("MARKER"));
        assert_eq!(pod.asked.lock().unwrap().len(), 1);
    }
}
