/// Why a message head is not one that every parser reads in the same way (RFC 9112).
package enum HeadFault: String, Error, Sendable, Hashable, CaseIterable {
    case badRequestLine, badMethod, badTarget, badVersion, badStatusLine
    case bareLineFeed, bareCarriageReturn, foldedLine, controlCharacter
    case badFieldName, spaceBeforeColon
    case missingHost, repeatedHost, badHost, hostMismatch
    case badContentLength, repeatedContentLength, lengthWithTransferEncoding, badTransferEncoding
    case transferEncodingInHTTP10
    case badChunkSize, badChunkExtension, chunkExtensionTooLong, badChunkEnd, badTrailer, trailersTooLarge
    case dotSegments, emptySegment, encodedDelimiter, badPercentEncoding
    case badExpectation
    case bodyWithUpgrade

    /// The fault in words, for the detail of a 400.
    package var sentence: String {
        switch self {
        case .badRequestLine: "the request line is not METHOD SP TARGET SP VERSION."
        case .badMethod: "the method is not a token."
        case .badTarget: "the target is not in origin form, absolute form or asterisk form."
        case .badVersion: "the version is not written HTTP/x.y."
        case .badStatusLine: "the status line is not VERSION SP STATUS."
        case .bareLineFeed: "a line ends with LF alone."
        case .bareCarriageReturn: "CR stands without LF."
        case .foldedLine: "a header line is folded."
        case .controlCharacter: "a header value holds a control character."
        case .badFieldName: "a header name is not a token."
        case .spaceBeforeColon: "white space stands before a header's colon."
        case .missingHost: "there is no Host header."
        case .repeatedHost: "there is more than one Host header."
        case .badHost: "the Host header is not a host with an optional port."
        case .hostMismatch: "the target names another host than the Host header."
        case .badContentLength: "Content-Length is not one plain decimal number."
        case .repeatedContentLength: "there is more than one Content-Length."
        case .lengthWithTransferEncoding: "Content-Length and Transfer-Encoding are both there."
        case .badTransferEncoding: "Transfer-Encoding does not end with chunked, once."
        case .transferEncodingInHTTP10: "Transfer-Encoding is not part of HTTP/1.0."
        case .badChunkSize: "a chunk's size is not a plain hexadecimal number."
        case .badChunkExtension: "a chunk's extension is not a name with an optional value."
        case .chunkExtensionTooLong: "a chunk's extensions are too long."
        case .badChunkEnd: "a chunk does not end with CRLF."
        case .badTrailer: "a trailer field is malformed."
        case .trailersTooLarge: "the trailer section is too large."
        case .dotSegments: "the path holds dot segments."
        case .emptySegment: "the path holds an empty segment."
        case .encodedDelimiter: "the path holds an encoded slash, backslash or NUL."
        case .badPercentEncoding: "the target holds a percent sign without two hexadecimal digits."
        case .badExpectation: "the only expectation understood here is 100-continue."
        case .bodyWithUpgrade: "a request for a WebSocket has a body."
        }
    }
}
