//! The `[aws]` table of the configuration.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Address;

/// How AWS Secrets Manager is reached, and as whom.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AwsSettings {
    /// The region. Default: that of the secret's ARN where it is named so, then `AWS_REGION`
    /// and `AWS_DEFAULT_REGION`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The profile whose keys are used, and nothing else. Default: the environment,
    /// `AWS_PROFILE` or the default profile, a web identity, the container's or machine's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Another address of the service, a VPC endpoint for instance. Default: AWS's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Address>,
}

/// A region's name, such as `eu-west-1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(String);

impl Region {
    /// That of a secret's ARN, which is `arn:PARTITION:secretsmanager:REGION:…`.
    pub(super) fn of_arn(name: &str) -> Option<Self> {
        let mut parts = name.split(':');
        (parts.next() == Some("arn"))
            .then(|| parts.nth(2)?.parse().ok())
            .flatten()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The service's address there
    /// (<https://docs.aws.amazon.com/general/latest/gr/asm.html>).
    pub(super) fn endpoint(&self) -> String {
        let suffix = match self.0.split('-').next() {
            Some("cn") => "amazonaws.com.cn",
            Some("eusc") => "amazonaws.eu",
            _ => "amazonaws.com",
        };
        format!("https://secretsmanager.{self}.{suffix}")
    }
}

impl FromStr for Region {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let ends = !text.starts_with('-') && !text.ends_with('-');
        match (3..=64).contains(&text.len()) && text.chars().all(allowed) && ends {
            true => Ok(Self(text.to_owned())),
            false => Err("it is not a region such as eu-west-1"),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_part_of_a_host_name_and_nothing_more() {
        assert!("eu-west-1".parse::<Region>().is_ok());
        for text in ["", "EU", "eu.evil.test/", "-eu-", "eu west"] {
            assert!(text.parse::<Region>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_arn_knows_its_region() {
        let region = |name: &str| Region::of_arn(name).map(|region| region.endpoint());
        let arn = "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:pms-a1b2c3";
        let china = "https://secretsmanager.cn-north-1.amazonaws.com.cn";
        assert_eq!(region(arn).as_deref(), Some(china));
        assert_eq!(region("prod/pms"), None);
        assert_eq!(region("arn:aws"), None);
    }
}
