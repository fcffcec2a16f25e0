extension String {
  /// The text as a log may keep it: what makes a link work for whoever has it is left out of its query.
  package var redacted: String {
    guard let query = firstIndex(of: "?") else { return self }
    let parts = self[index(after: query)...].split(separator: "&", omittingEmptySubsequences: false).map { part in
      guard let equals = part.firstIndex(of: "="), Self.secrets.contains(part[..<equals].lowercased()) else {
        return String(part)
      }
      // The next argument of a line of a shell is none of the secret.
      let end = part[equals...].firstIndex(where: \.isWhitespace) ?? part.endIndex
      return part[...equals] + "REDACTED" + part[end...]
    }
    return self[...query] + parts.joined(separator: "&")
  }

  /// Keys of signed links: Azure, AWS, Google, and what others call theirs.
  private static let secrets: Set = [
    "sig", "se", "token", "access_token", "signature", "x-amz-signature", "x-amz-security-token",
    "x-goog-signature", "key", "api_key", "password", "secret",
  ]
}
