' What runs inside LibreOffice for unodesk.py: a thousand names or formats take no time here; fetched one by one
' from another process they take more than a second.

Function AllNames(book As Object)
    Dim found(), place As Object, i As Long, n As Long, s As Integer
    For s = -1 To book.Sheets.Count - 1
        If s < 0 Then place = book.NamedRanges Else place = book.Sheets(s).NamedRanges
        If place.Count > 0 Then
            ReDim Preserve found(n + place.Count - 1)
            For i = 0 To place.Count - 1
                found(n) = Array(place(i).Name, place(i).Content, s)
                n = n + 1
            Next
        End If
    Next
    AllNames = found
End Function

Function NoPlainNumbers(book As Object, cells As Object)
    Dim found(), alike As Object, area, kind As Integer, i As Long, n As Long
    For i = 0 To cells.UniqueCellFormatRanges.Count - 1
        alike = cells.UniqueCellFormatRanges(i)
        kind = book.NumberFormats.getByKey(alike.NumberFormat).Type And (2 + 4 + 1024)
        If kind > 0 Then
            For Each area In alike.RangeAddresses
                ReDim Preserve found(n)
                found(n) = Array(kind, area.StartRow, area.EndRow, area.StartColumn, area.EndColumn)
                n = n + 1
            Next
        End If
    Next
    NoPlainNumbers = found
End Function
