//! Logs in, asks who the user is, and refreshes: docs/examples.md shows this file.

#![expect(clippy::print_stdout, reason = "an example may print")]

use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: client URL")?;
    let client = reqwest::Client::new();

    let form = [("email", "user@email.com"), ("password", "password")];
    let response = client.post(format!("{url}/login")).form(&form).send().await?;
    if !response.status().is_success() {
        return Err(response.text().await?.into());
    }
    let login: Value = response.json().await?;
    let token = login["token"].as_str().ok_or("no token")?;

    let request = client.get(format!("{url}/get-user")).bearer_auth(token);
    let user: Value = request.send().await?.error_for_status()?.json().await?;
    println!("{}", user["user"].as_str().ok_or("no user")?);

    let refresh_token = login["refresh_token"].as_str().ok_or("no refresh token")?;
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    let request = client.post(format!("{url}/token")).form(&form);
    let next: Value = request.send().await?.error_for_status()?.json().await?;
    println!("the next token expires in {} s", next["expires_in"]);
    Ok(())
}
