//! Answers as the vendor words them.

use bytes::Bytes;
use serde_json::json;

/// An answer before it gets its request id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    status: u16,
    content: Content,
    retry_after: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Json(String),
    Error(String),
    Nothing,
}

impl Answer {
    pub(super) fn json(body: String) -> Self {
        Self {
            status: 200,
            content: Content::Json(body),
            retry_after: None,
        }
    }

    /// What is done: an empty object, or nothing for those who prefer that.
    pub(super) fn done(minimal: bool) -> Self {
        match minimal {
            false => Self::json("{}".to_owned()),
            true => Self {
                status: 204,
                content: Content::Nothing,
                retry_after: None,
            },
        }
    }

    pub(super) fn error(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            content: Content::Error(message.into()),
            retry_after: None,
        }
    }

    /// A parameter that is not good.
    pub(super) fn invalid(parameter: &str) -> Self {
        Self::error(400, format!("Invalid {parameter}."))
    }

    pub(super) fn with_retry_after(mut self, seconds: Option<u64>) -> Self {
        self.retry_after = seconds;
        self
    }

    pub(super) fn into_http(self, request_id: &str) -> http::Response<Bytes> {
        let mut built = http::Response::builder()
            .status(self.status)
            .header("request-id", request_id);
        if let Some(seconds) = self.retry_after {
            built = built.header("retry-after", seconds);
        }
        let body = match self.content {
            Content::Nothing => String::new(),
            Content::Json(body) => body,
            Content::Error(message) => {
                let body = json!({"Message": message, "RequestId": request_id, "Details": null});
                body.to_string()
            }
        };
        if !body.is_empty() {
            built = built.header("content-type", "application/json; charset=utf-8");
        }
        built.body(Bytes::from(body)).unwrap_or_default()
    }
}
